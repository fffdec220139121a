// What is being written is never lost: a form with data-draft is kept in this browser one second
// after the last key, put back after a reload, and forgotten once the server has it.

import { told } from './page.js';

const DELAY = 1000;
const timers = new Map();
const key = (form) => `draft ${form.dataset.draft}`;
const fields = (form) => [...form.querySelectorAll('textarea[name], input[name]:not([type=hidden])')];

function say(form, text) {
  const where = form.querySelector('[data-draft-said]') ?? document.querySelector(`[data-draft-said="${form.id}"]`);
  if (where) where.textContent = text;
}

function keep(form) {
  const kept = Object.fromEntries(fields(form).filter((f) => f.value !== f.defaultValue).map((f) => [f.name, f.value]));
  if (Object.keys(kept).length === 0) {
    forget(form);
    return;
  }
  localStorage.setItem(key(form), JSON.stringify(kept));
  const at = new Date().toLocaleTimeString(document.documentElement.lang, { hour12: false, timeZone: told('zone') });
  say(form, (form.dataset.draftSaved ?? '').replace('{t}', at));
}

/** The server has it, or the person threw it away. */
export function forget(form) {
  clearTimeout(timers.get(form));
  localStorage.removeItem(key(form));
  say(form, '');
}

/** Puts kept drafts back into the forms of the page. */
export function restore() {
  for (const form of document.querySelectorAll('form[data-draft]')) {
    const kept = JSON.parse(localStorage.getItem(key(form)) ?? 'null');
    if (!kept || form.dataset.restored !== undefined) continue;
    form.dataset.restored = '';
    for (const field of fields(form)) if (kept[field.name] !== undefined) field.value = kept[field.name];
    say(form, form.dataset.draftRestored ?? '');
  }
}

/** Starts keeping. */
export function drafts() {
  const now = (form) => { clearTimeout(timers.get(form)); keep(form); };
  document.addEventListener('input', (event) => {
    const form = event.target.closest('form[data-draft]');
    if (!form) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => keep(form), DELAY));
  });
  // leaving the page is no reason to lose the last second
  addEventListener('pagehide', () => document.querySelectorAll('form[data-draft]').forEach(now));
  restore();
}
