// Who is at work in which form: as long as somebody is at work in a form marked data-editing the house hears it, so
// that whoever else has the record open is shown it. Nobody is locked out.

import { now } from './clock.js';
import { afterRefresh, busy } from './live.js';

/** The house lets go of whoever is silent for three of these. */
const BEAT = 15_000;
const beats = new Map();
const headers = { accept: 'application/json', 'content-type': 'application/json' };

function say(form, method) {
  const body = JSON.stringify({ about: form.dataset.editing });
  fetch('/editing', { method, headers, body, keepalive: true }).catch(() => {});
}

function end(form) {
  if (!beats.has(form)) return;
  clearInterval(beats.get(form));
  beats.delete(form);
  say(form, 'DELETE');
}

function beat(form) {
  if (!form.isConnected || !busy(form)) end(form);
  else if (!document.hidden) say(form, 'POST');
}

function begin(form) {
  if (beats.has(form)) return;
  say(form, 'POST');
  beats.set(form, setInterval(beat, BEAT, form));
}

/** The lengths of the others' work are counted on. */
function count() {
  for (const el of document.querySelectorAll('[data-editing-since]')) {
    const seconds = Math.max(0, Math.floor((now() - Number(el.dataset.editingSince)) / 1000));
    el.textContent = [Math.floor(seconds / 60), seconds % 60].map((n) => String(n).padStart(2, '0')).join(':');
  }
}

/** Whether this page shows who is at work on a record. */
export const shown = (about) => [...document.querySelectorAll('[data-editors]')].some((el) => el.dataset.editors === about);

/** Starts telling and counting. */
export function editing() {
  const form = (event) => event.target.closest?.('form[data-editing]');
  for (const act of ['focusin', 'input']) document.addEventListener(act, (event) => { if (form(event)) begin(form(event)); });
  document.addEventListener('focusout', (event) => {
    const left = form(event);
    if (left) setTimeout(() => { if (!busy(left)) end(left); });
  });
  addEventListener('pagehide', () => { for (const one of [...beats.keys()]) end(one); });
  document.addEventListener('visibilitychange', () => { for (const one of beats.keys()) beat(one); });
  afterRefresh(count);
  setInterval(count, 1000);
}
