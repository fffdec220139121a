// The desk's pages of faults: clocks are read off anew while the page is open, n reports a fault.

import { aloud } from './aloud.js';
import { now } from './clock.js';
import { own } from './leaving.js';
import { afterRefresh, refresh } from './live.js';
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
typedBefore(document.getElementById('fault-form'));
if (matchMedia('(pointer: fine)').matches && document.activeElement === document.body) {
  const fields = document.querySelectorAll('#fault-form :is(input.in, textarea.in)');
  const wrong = document.querySelector('#fault-form .f:has(.wrong) .in');
  (wrong ?? [...fields].find((field) => field.value === ''))?.focus();
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

// looking at the printed order is no print: what went to the printer is counted, and the next one is a reprint
if (document.body.classList.contains('print-page')) {
  addEventListener('afterprint', () => {
    const headers = { accept: 'application/json' };
    fetch(location.pathname, { method: 'POST', headers, keepalive: true }).then(refresh).catch(() => {});
  });
}
document.querySelector('[data-print]')?.addEventListener('click', () => window.print());

/** What is known of a number, a customer, a device or a site: their open faults as it is typed, and once it is written
    what follows from it in the fields that are still empty. */
async function lookUp(form, written) {
  const asked = new URLSearchParams();
  for (const [field, name] of [['caller_number', 'number'], ['company', 'company'], ['serial', 'serial'], ['site', 'site'], ['call', 'call']]) {
    const value = form.elements.namedItem(field)?.value.trim();
    if (value) asked.set(name, value);
  }
  for (const name of WEIGHED) asked.set(name, form.elements.namedItem(name)?.value ?? '');
  latest = asked.toString();
  const mine = latest;
  const answer = await fetch(`/faults/new?${asked}`, { headers: { accept: 'text/html' } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const known = fresh.getElementById('known-faults');
  // an answer that was overtaken shows what was typed before
  if (known && latest === mine) {
    for (const id of ['known-faults', 'proposed-promise']) document.getElementById(id)?.replaceWith(document.importNode(fresh.getElementById(id), true));
  }
  if (!written) return;
  for (const name of ['contact', 'caller_name', 'company', 'site', 'place', 'contract']) {
    const [own, theirs] = [form, fresh.getElementById(form.id)].map((one) => one?.elements.namedItem(name));
    if (own && theirs && own.value === '') own.value = theirs.value;
  }
  aloud(form);
}
let latest = '';
let typing;
/** By what the time is measured until which a fault is to be solved. */
const WEIGHED = ['contract', 'impact', 'urgency'];
const LOOKED_UP = ['caller_number', 'company', 'serial', 'site', ...WEIGHED];
for (const kind of ['input', 'change']) {
  document.getElementById('fault-form')?.addEventListener(kind, ({ target }) => {
    if (!LOOKED_UP.includes(target.name)) return;
    clearTimeout(typing);
    typing = setTimeout(() => lookUp(target.form, kind === 'change').catch(() => {}), kind === 'change' ? 0 : 300);
  });
}

// what could be promised is written by who presses it, and by nobody else
document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-propose]');
  const field = button?.form?.elements.namedItem(button.dataset.propose);
  if (!field) return;
  field.value = button.value;
  for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }));
  field.focus();
});

/** What was typed into the record of the call and is not saved yet comes along: nobody writes it twice. */
function typedBefore(form) {
  const call = form?.elements.namedItem('call')?.value;
  if (!call) return;
  let kept;
  try { kept = JSON.parse(localStorage.getItem(`${own('draft')}calls/${call}`) ?? 'null')?.kept; } catch { return; }
  for (const [part, name] of [['who', 'caller_name'], ['where', 'place'], ['need', 'need'], ['purpose', 'purpose'], ['what', 'symptom']]) {
    const field = form.elements.namedItem(name);
    if (!kept?.[part] || !field || field.value !== '') continue;
    field.value = kept[part];
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
}
/** Who leads is not offered to go along too. */
function along() {
  for (const box of document.querySelectorAll('form [name="crew"]')) {
    const leads = box.value === box.form.elements.lead?.value;
    if (leads) box.checked = false;
    box.closest('label').hidden = leads;
  }
}
document.addEventListener('change', ({ target }) => { if (target.name === 'lead') along(); });
afterRefresh(along);
along();

/** What an address points at is opened where it is folded away, and has the caret. */
function reveal() {
  const at = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  const folded = at?.closest('details:not([open])');
  if (folded) folded.open = true;
  (at?.matches('.in') ? at : at?.querySelector('.in'))?.focus();
}
addEventListener('hashchange', reveal);
reveal();
