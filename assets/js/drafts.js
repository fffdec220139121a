// What is being written is never lost: a form with data-draft is kept in this browser one second
// after the last key and, where it has data-draft-at, at the server too, so that it outlives a crash
// of either. It is put back after a reload and forgotten once the server has it as a record. A form
// that leaves its page says where it leads to (data-draft-done begins that address): only there is it
// forgotten, so whoever was signed out meanwhile finds it again. One that comes back to its own page
// is forgotten where the server's fields hold what was kept. It is its writer's alone (leaving.js).

import { aloud } from './aloud.js';
import { now } from './clock.js';
import { own, tidy } from './leaving.js';
import { refresh, refused } from './live.js';
import { told } from './page.js';
import { compose } from './record.js';

const DELAY = 1000;
/** The server hears of a draft at most so often. */
const SEND = 3000;
/** Which call this window's person was writing about last. */
const WRITING = 'written about';
const timers = new Map();
const senders = new Map();
/** Written in on this page: what they hold is the draft, and there is nothing to put back. */
const begun = new WeakSet();
/** Of the page that answers a refused form: where what it was sent from is kept. */
let sentFrom;
/** One page for many leaves its address to say for whom it was opened. */
const key = (form) => {
  const { draft, draftDone } = form.dataset;
  if (draftDone === undefined) return own('draft') + draft;
  return sentFrom ?? own('draft') + draft + location.search;
};
const fields = (form) => [...form.querySelectorAll('textarea[name], select[name], input[name]:not([type=hidden])')];
const boxes = (field) => field.type === 'checkbox' || field.type === 'radio';

function say(form, text) {
  const where = form.querySelector('[data-draft-said]') ?? document.querySelector(`[data-draft-said="${form.id}"]`);
  if (where) where.textContent = text;
}

/** What the server put there. */
const given = (field) => (field.options ? ([...field.options].find((one) => one.defaultSelected) ?? field.options[0])?.value : field.defaultValue);

/** What the fields hold beyond what the server put there; undefined where that is nothing. What a refused form brought
    back is not stored anywhere: all of it is kept. */
function written(form) {
  const kept = {};
  for (const field of fields(form)) {
    if (boxes(field)) {
      if (!refused && field.checked === field.defaultChecked) continue;
      if (field.type === 'checkbox') kept[field.name] = field.checked ? field.value : null;
      else if (field.checked) kept[field.name] = field.value;
    } else if (refused || field.value !== given(field)) kept[field.name] = field.value;
  }
  return Object.keys(kept).length > 0 ? kept : undefined;
}

function send(form, body) {
  clearTimeout(senders.get(form));
  senders.delete(form);
  if (!form.dataset.draftAt) return;
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  const method = body ? 'POST' : 'DELETE';
  // a server that is away has no part in it: the browser keeps it too
  fetch(form.dataset.draftAt, { method, headers, keepalive: true, body: body && JSON.stringify({ fields: body }) }).catch(() => {});
}

function keep(form, atOnce = false) {
  const kept = written(form);
  if (!kept) {
    if (localStorage.getItem(key(form)) !== null) forget(form, true);
    return;
  }
  const draft = JSON.stringify({ at: now(), version: form.elements.version?.value, kept });
  if (form.matches('[data-record]')) sessionStorage.setItem(WRITING, form.dataset.draft);
  try {
    localStorage.setItem(key(form), draft);
  } catch { /* a browser that is full keeps what it has */ }
  if (atOnce) send(form, draft);
  else if (!senders.has(form)) senders.set(form, setTimeout(() => send(form, localStorage.getItem(key(form)) ?? draft), SEND));
  const at = new Date(now()).toLocaleTimeString(document.documentElement.lang, { hour12: false, timeZone: told('zone') });
  say(form, (form.dataset.draftSaved ?? '').replace('{t}', at));
}

/** The server has it as a record, or (`thrown`) the person threw it away. */
export function forget(form, thrown = false) {
  clearTimeout(timers.get(form));
  clearTimeout(senders.get(form));
  senders.delete(form);
  localStorage.removeItem(key(form));
  if (sessionStorage.getItem(WRITING) === form.dataset.draft) sessionStorage.removeItem(WRITING);
  delete form.dataset.draftKept;
  begun.delete(form);
  if (thrown) send(form);
  say(form, '');
  offer(form, false);
}

/** What was put back can be thrown away, where the form has a button for it. */
function offer(form, on) {
  const drop = form.querySelector('[data-draft-drop]');
  if (drop) drop.hidden = !on;
}

/** Whether what was kept is what the server put there: then it has it. What a refused form brought back is not stored. */
function arrivedAs(form, kept) {
  if (refused) return false;
  const plain = (text) => text.replace(/\r\n?/g, '\n').trim();
  const held = fields(form).filter((field) => kept[field.name] !== undefined);
  return held.length > 0 && held.every((field) => {
    const value = kept[field.name];
    if (field.type === 'checkbox') return (value !== null) === field.defaultChecked;
    if (field.type === 'radio') return (field.value === value) === field.defaultChecked;
    return plain(value) === plain(given(field) ?? '');
  });
}

/** The newer of what this browser kept and what the server did. */
function newest(form) {
  const read = (text) => { try { return JSON.parse(text ?? 'null'); } catch { return null; } };
  const [here, there] = [read(localStorage.getItem(key(form))), read(form.dataset.draftKept)];
  return (there?.at ?? -Infinity) > (here?.at ?? -Infinity) ? there : here;
}

/** Puts kept drafts back into the forms of the page. */
export function restore() {
  for (const form of document.querySelectorAll('form[data-draft]')) {
    if (form.dataset.restored !== undefined || begun.has(form)) continue;
    const draft = newest(form);
    if (!draft?.kept) continue;
    if (form.dataset.draftAt === undefined && arrivedAs(form, draft.kept)) {
      localStorage.removeItem(key(form));
      continue;
    }
    form.dataset.restored = '';
    for (const field of fields(form)) {
      const value = draft.kept[field.name];
      if (value === undefined) continue;
      if (field.type === 'checkbox') {
        field.checked = value !== null;
        if (value !== null) field.value = value;
      } else if (field.type === 'radio') field.checked = field.value === value;
      else field.value = value;
    }
    // what others saved since the draft was begun is told before it is replaced
    if (draft.version !== undefined && form.elements.version) form.elements.version.value = draft.version;
    compose(form);
    aloud(form);
    say(form, form.dataset.draftRestored ?? '');
    offer(form, true);
  }
}

const SENT = 'draft sent';

/** The page that came is the one a form leads to, and not the form again: it has arrived. */
function arrived() {
  const { at, done, draft } = JSON.parse(sessionStorage.getItem(SENT) ?? '{}');
  sessionStorage.removeItem(SENT);
  if (refused) sentFrom = at;
  const again = [...document.querySelectorAll('form[data-draft]')].some((form) => form.dataset.draft === draft);
  const there = (location.pathname + location.search).startsWith(done);
  if (at && !refused && there && !again) localStorage.removeItem(at);
}

function drop(event) {
  const form = event.target.closest('[data-draft-drop]')?.closest('form[data-draft]');
  if (!form) return;
  form.reset();
  forget(form, true);
  compose(form);
  aloud(form);
  form.querySelector('.in')?.focus();
}

/** Loaded again in mid-sentence, the page goes on with the call that was written about and not with the newest; whether it
    has to ask for it. */
function goesOn() {
  const [, call] = /^calls\/(\d+)$/.exec(sessionStorage.getItem(WRITING) ?? '') ?? [];
  const again = performance.getEntriesByType('navigation')[0]?.type === 'reload' && location.search === '';
  const tab = call && again && document.querySelector(`#hand-tabs a[href="/console?call=${call}"]:not([aria-current])`);
  if (!tab) return false;
  history.replaceState(history.state, '', tab.href);
  refresh();
  return true;
}

/** Starts keeping. */
export function drafts() {
  const atOnce = (form) => { clearTimeout(timers.get(form)); keep(form, true); };
  document.addEventListener('input', (event) => {
    const form = event.target.closest('form[data-draft]');
    if (!form) return;
    begun.add(form);
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => { timers.delete(form); keep(form); }, DELAY));
  });
  // leaving the page is no reason to lose the last second
  addEventListener('pagehide', () => {
    for (const form of document.querySelectorAll('form[data-draft]')) if (timers.has(form) || senders.has(form)) atOnce(form);
  });
  document.addEventListener('submit', (event) => {
    const form = event.target.closest('form[data-draft-done]');
    if (!form || event.defaultPrevented) return;
    atOnce(form);
    sessionStorage.setItem(SENT, JSON.stringify({ at: key(form), done: form.dataset.draftDone, draft: form.dataset.draft }));
  });
  document.addEventListener('click', drop);
  tidy('draft', now());
  arrived();
  if (!goesOn()) restore();
}
