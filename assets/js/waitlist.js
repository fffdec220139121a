// Whoever finds no room may wait for one: what the form of a booking already knows of them stands in the form here.

import { aloud } from './aloud.js';

const form = document.getElementById('wait-new');
const said = new URLSearchParams(location.hash.slice(1));

// the call was the last one's
form?.addEventListener('reset', () => { for (const name of ['call_id', 'done']) form.elements[name].value = ''; });

if (form && said.has('from') + said.has('party') + said.has('name') + said.has('phone') > 0) {
  for (const [name, value] of said) {
    if (name !== 'kind' && form.elements[name]) form.elements[name].value = value;
  }
  const kind = [...form.elements.class.options].find((one) => one.textContent === said.get('kind'));
  if (kind) form.elements.class.value = kind.value;
  // it is handed on once: after a reload the form is for whoever comes next
  history.replaceState(null, '', location.pathname);
  aloud(form);
  (form.querySelector('[required]:invalid') ?? form.querySelector('button.go')).focus();
}
