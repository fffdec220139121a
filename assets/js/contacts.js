// Searching as one types: the list follows the fields, the fields are never touched. One request is
// in flight; a newer question ends it. While an input method composes nothing is asked.

import { morph } from './live.js';

const WAIT = 120;

const form = document.querySelector('form[data-search]');
let timer = 0;
let asked = null;

const question = () => {
  const fields = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...fields]) if (value.trim() === '') fields.delete(name);
  const query = fields.toString();
  return query ? `${form.getAttribute('action')}?${query}` : form.getAttribute('action');
};

async function ask() {
  const address = question();
  if (address === location.pathname + location.search) return;
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  const list = document.getElementById(form.dataset.search);
  list.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(address, { headers: { accept: 'text/html' }, signal });
    if (!answer.ok || new URL(answer.url).pathname === '/sign-in') return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.getElementById(list.id);
    if (signal.aborted || !fresh) return;
    morph(list, fresh);
    // a page that is reloaded, or kept up to date, asks the same
    history.replaceState(null, '', address);
  } catch {
    // a newer question, or the net is gone: the button still asks
  } finally {
    if (!signal.aborted) list.removeAttribute('aria-busy');
  }
}

function soon(event) {
  if (event.isComposing) return;
  clearTimeout(timer);
  timer = setTimeout(ask, event.target.matches('select, [type=checkbox]') ? 0 : WAIT);
}

if (form) {
  form.addEventListener('input', soon);
  form.addEventListener('compositionend', soon);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(timer);
    ask();
  });
}
