// The keyboard: every act a hand needs often has a key, and no key types into someone's sentence.
//   F2, Shift F2   I take the longest, the second waiting call      /      find a caller
//   g then k, h, c, b, t, f, m, r, l   places                             j k Enter   down, up, open in lists
//   m   take a message      f   report a fault, from the call in hand where there is one
//   w   what is to be done           r   what is said where nothing may be told
//   o   prepare a call about the row under the keyboard; t, d, z, y   its other acts
//   n   write the record    Ctrl S   save it      Ctrl Enter   save it and put the call away
//   Alt 1 to 4   tick what was read back
//   [ ] the call in hand before, after
//   ?   all keys            Esc   close, leave the field, back to the list
// Nothing happens while an input method composes; single letters do nothing while a field has focus.

import { takeAfar } from './afar.js';
import { tickAloud } from './aloud.js';
import { afterRefresh, busy, refresh } from './live.js';
import { tickByKey } from './record.js';

const PLACE_WAIT = 1500;
const TAKE_WAIT = 5000;
let place = -Infinity;

const typing = (el) => el?.closest('input, textarea, select, [contenteditable]');

/** Where `g` and a letter lead; a place this person has no way to is no place. */
const PLACES = { h: '/console', k: '/console', c: '/calls', b: '/rooms/board', t: '/faults', f: '/faults', m: '/reports/answering', r: '/calls/missed', l: '/follow-ups' };

function go(key) {
  const link = document.querySelector(`.nav a[href="${PLACES[key]}"]`);
  link?.click();
  return Boolean(link);
}

const note = () => document.querySelector('form[data-save] textarea');
const written = (text) => text.value !== text.defaultValue;

/** Puts the caret at the end of the note. */
function write() {
  const text = note();
  text?.focus();
  text?.setSelectionRange(text.value.length, text.value.length);
  return Boolean(text);
}

/** The call just taken by key, and when: its note waits for the caret. */
let taken = { call: '', at: -Infinity };

/**
 * Takes the n-th longest waiting call that nobody has taken yet. A caret in a note without a word
 * of its own is no reason to keep the call before it open.
 */
function take(n) {
  const form = document.querySelectorAll(':is([data-waiting-call], [data-practice-call]) form[data-pickup]')[n];
  if (!form) return takeAfar(n);
  const here = document.activeElement;
  if (here === note() && !written(here)) here.blur();
  taken = { call: form.closest('[data-waiting-call]')?.dataset.waitingCall ?? '', at: performance.now() };
  form.requestSubmit();
  return true;
}

/** Once the call taken by key is in hand its note may be written, unless something else is. */
function follow() {
  const hand = document.getElementById('hand')?.dataset.hand;
  if (`calls/${hand}` !== taken.call) return;
  const soon = performance.now() - taken.at < TAKE_WAIT;
  taken = { call: '', at: -Infinity };
  if (soon && !typing(document.activeElement) && ![...document.querySelectorAll('textarea')].some(written)) write();
}

/** Who gives a call back has no note to write: a caret in one without a word would keep the call open. */
function givenBack(event) {
  const given = event.target.closest('[data-giveback]')?.closest('[data-waiting-call]')?.dataset.waitingCall;
  if (!given || given !== taken.call && given !== `calls/${document.getElementById('hand')?.dataset.hand}`) return;
  taken = { call: '', at: -Infinity };
  const here = document.activeElement;
  if (here === note() && !written(here)) here.blur();
}

let newest = document.getElementById('note')?.dataset.newest;

/** A call that was just answered opens itself where the address shows another and nothing is written. */
function openAnswered() {
  const note = document.getElementById('note');
  const before = newest;
  newest = note?.dataset.newest;
  if (!newest || newest === before || note.dataset.hand === newest || location.search === '') return;
  if ([...document.querySelectorAll('#main form[data-keep]')].some(busy)) return;
  history.replaceState(null, '', location.pathname);
  refresh();
}

/** Saves the note and puts the call away, where the form at hand can do that. */
function putAway(from) {
  const form = from.closest?.('form[data-save]') ?? document.querySelector('form[data-save]');
  const button = form?.querySelector('button[name=finish]') ?? form?.querySelector('button.go');
  if (!button) return false;
  button.focus(); // the caret would keep the call open
  form.requestSubmit(button);
  return true;
}

/** A message slip, about the call in hand where there is one. */
function slip() {
  const link = document.querySelector('a[data-message]');
  link?.click();
  return Boolean(link);
}

/** From a record back to its list, as it was left. */
function up() {
  const link = document.querySelector('a[data-up]');
  if (!link || document.querySelector('dialog[open]')) return false;
  const before = URL.canParse(document.referrer) ? new URL(document.referrer) : null;
  const list = new URL(link.href);
  if (before?.origin === list.origin && before.pathname === list.pathname) history.back();
  else link.click();
  return true;
}

function walk(step) {
  const links = [...document.querySelectorAll('[data-list] a[data-row]')];
  if (links.length === 0) return false;
  const here = links.indexOf(document.activeElement);
  const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, here + step));
  links[next].focus();
  return true;
}

function keyList() {
  const dialog = document.getElementById('key-list');
  if (!dialog) return false;
  if (dialog.open) dialog.close();
  else dialog.showModal();
  return true;
}

function find() {
  const field = document.querySelector('[data-find]') ?? document.querySelector('main input[type=search]');
  if (field) {
    field.focus();
    field.select();
  } else {
    // people are found by name, sound and number; a reader who has no way there finds calls
    location.assign(document.querySelector('.nav a[href="/contacts"]') ? '/contacts#find' : '/calls#find');
  }
  return true;
}

/**
 * An act of the record under the keyboard: the button or link of its row that names this key. A link
 * leads somewhere and does nothing, so the only one of its key on a page needs no row.
 */
function ofRow(key) {
  const named = `[data-key="${CSS.escape(key)}"]`;
  const item = document.activeElement?.closest('[data-item], [data-todo]') ?? document.querySelectorAll('[data-item]:only-of-type')[0];
  const links = document.querySelectorAll(`a${named}`);
  const act = item?.querySelector(`:is(button, a)${named}`) ?? (links.length === 1 ? links[0] : null);
  act?.click();
  return Boolean(act);
}

/** The first of what is to be done beside the calls. */
function toDo() {
  const link = document.querySelector('.agenda a[data-row]');
  link?.focus();
  return Boolean(link);
}

/** What is said where something may not be told: open while it is needed. */
function sayNo() {
  const words = document.querySelector('[data-say-no]');
  if (words) words.open = !words.open;
  return Boolean(words);
}

/** The call in hand before (-1) or after (1) the open one. */
function otherHand(step) {
  const tabs = [...document.querySelectorAll('#hand-tabs a')];
  const here = tabs.findIndex((tab) => tab.ariaCurrent === 'true');
  const tab = tabs[(Math.max(here, 0) + step + tabs.length) % Math.max(1, tabs.length)];
  if (tab && tab !== tabs[here]) tab.click();
  return Boolean(tab);
}

/** The tick that the caller agreed to hold. */
function agreed() {
  const tick = document.querySelector('[data-agreed]');
  tick?.click();
  return Boolean(tick);
}

function letter(key) {
  if (performance.now() - place < PLACE_WAIT) {
    place = -Infinity;
    return go(key);
  }
  switch (key) {
    case 'g': place = performance.now(); return true;
    case 'j': return walk(1);
    case 'k': return walk(-1);
    case 'n': return write();
    case 'm': return slip();
    case 'w': return toDo();
    case 'r': return sayNo();
    case 'h': return agreed();
    case '[': return otherHand(-1);
    case ']': return otherHand(1);
    case '/': return find();
    case '?': return keyList();
    default: return /^[a-z]$/.test(key) && ofRow(key);
  }
}

function pressed(event) {
  if (event.isComposing || event.keyCode === 229) return false;
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === 'F2' && plain) return take(event.shiftKey ? 1 : 0);
  if (event.key.toLowerCase() === 's' && (event.ctrlKey || event.metaKey) && !event.altKey) {
    const form = event.target.closest?.('form[data-save]') ?? document.querySelector('form[data-save]');
    form?.requestSubmit();
    return Boolean(form);
  }
  if (event.altKey && !event.ctrlKey && !event.metaKey && /^Digit[1-4]$/.test(event.code)) return tickByKey(Number(event.code.at(-1))) || (event.code === 'Digit1' && tickAloud());
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.altKey) return putAway(event.target);
  if (event.key === 'Escape') {
    if (!typing(event.target)) return up();
    event.target.blur();
    return false;
  }
  return plain && !typing(event.target) && letter(event.key);
}

/** Starts listening. */
export function keys() {
  if (location.hash === '#find') find();
  afterRefresh(openAnswered);
  afterRefresh(follow);
  document.addEventListener('submit', givenBack);
  document.addEventListener('keydown', (event) => { if (pressed(event)) event.preventDefault(); });
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-keys]')) keyList();
    else if (event.target.closest('[data-close]')) event.target.closest('dialog')?.close();
  });
}
