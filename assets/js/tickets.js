// The desk's pages of faults: clocks are read off anew while the page is open, n reports a fault.

import { aloud } from './aloud.js';
import { now } from './clock.js';
import { refresh } from './live.js';
import { told } from './page.js';

const again = Number(told('again') ?? 0);
if (again > 0 && document.body.dataset.clock !== 'manual') {
  setInterval(() => { if (!document.hidden) refresh(); }, again);
}

document.addEventListener('keydown', (key) => {
  const writing = key.target.closest?.('input, textarea, select, [contenteditable]');
  if (writing || key.isComposing || key.ctrlKey || key.metaKey || key.altKey) return;
  if (key.key === 'n') document.querySelector('[data-key="n"]')?.click();
  if (key.key === 'u') takeBack();
});

// Ctrl Enter saves the form in hand; a new fault begins with the first field that nobody filled in
document.addEventListener('keydown', (key) => {
  if (key.key !== 'Enter' || !(key.ctrlKey || key.metaKey) || key.isComposing || key.defaultPrevented) return;
  const form = key.target.closest?.('form.form');
  if (!form) return;
  key.preventDefault();
  form.requestSubmit(form.querySelector('button.go') ?? form.querySelector('button:not([type=button])'));
});
if (matchMedia('(pointer: fine)').matches && document.activeElement === document.body) {
  const fields = document.querySelectorAll('#fault-form :is(input.in, textarea.in)');
  [...fields].find((field) => field.value === '')?.focus();
}

/** Takes back what its reader did last: what the page offers, or on the board their newest act, and says which. What
    somebody else did is on no key. */
async function takeBack() {
  const shown = document.querySelector('form[data-undo]:not([hidden]) button');
  const said = document.querySelector('[data-said="hands"]');
  if (shown) shown.click();
  if (shown || !said) return;
  const answer = await fetch('/faults/acts/latest', { method: 'DELETE', headers: { accept: 'application/json' } });
  const record = await answer.json().catch(() => ({}));
  said.textContent = answer.ok ? told('undone').replace('{no}', record.no) : record.detail ?? told('failed');
  refresh();
}
document.addEventListener('keydown', (key) => {
  const writing = key.target.closest?.('input, textarea, select, [contenteditable]');
  if (writing || key.key.toLowerCase() !== 'z' || !(key.ctrlKey || key.metaKey) || key.shiftKey) return;
  key.preventDefault();
  takeBack().catch(() => {});
});

/** What is offered on a key is offered for a minute. */
setInterval(() => {
  const toast = document.querySelector('form.toast[data-undo]');
  if (toast && now() >= Number(toast.dataset.undo)) toast.hidden = true;
}, 1000);

document.querySelector('[data-print]')?.addEventListener('click', () => window.print());

/** What is known of a number, a device or a site, as soon as it is written: its open faults first, and what follows
    from it in the fields that are still empty. */
async function lookUp(form) {
  const asked = new URLSearchParams();
  for (const [field, name] of [['caller_number', 'number'], ['serial', 'serial'], ['site', 'site'], ['call', 'call']]) {
    const value = form.elements.namedItem(field)?.value.trim();
    if (value) asked.set(name, value);
  }
  const answer = await fetch(`/faults/new?${asked}`, { headers: { accept: 'text/html' } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const known = fresh.getElementById('known-faults');
  if (known) document.getElementById('known-faults')?.replaceWith(document.importNode(known, true));
  for (const name of ['contact', 'caller_name', 'company', 'site', 'place', 'contract']) {
    const [mine, theirs] = [form, fresh.getElementById(form.id)].map((one) => one?.elements.namedItem(name));
    if (mine && theirs && mine.value === '') mine.value = theirs.value;
  }
  aloud(form);
}
document.getElementById('fault-form')?.addEventListener('change', (event) => {
  if (['caller_number', 'serial', 'site'].includes(event.target.name)) lookUp(event.target.form).catch(() => {});
});
