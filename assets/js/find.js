// Searches while one types: the address follows the field, and the page asks itself anew.

import { refresh } from './live.js';

/** So long after the last key, in milliseconds. */
const PAUSE = 120;

for (const field of document.querySelectorAll('[data-search]')) {
  let wait;
  const search = () => {
    const url = new URL(location.href);
    if (field.value.trim()) url.searchParams.set(field.name, field.value.trim());
    else url.searchParams.delete(field.name);
    url.searchParams.delete('after');
    history.replaceState(null, '', url);
    refresh();
  };
  const soon = () => { clearTimeout(wait); wait = setTimeout(search, PAUSE); };
  // letters that an input method still holds are not a search yet
  field.addEventListener('input', (event) => { if (!event.isComposing) soon(); });
  field.addEventListener('compositionend', soon);
}
