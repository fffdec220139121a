// The room board under the hand: drag a bar to another room or time, drag its edge to lengthen it,
// Alt with the arrows and then Enter does the same, tap a bar and then a free place does it without
// dragging. A tap on a free place keeps it for five minutes and opens the booking. The server decides:
// what it refuses goes back to where it was, and the toast says who has it and what else there is.

import { now } from './clock.js';
import { hand } from './drag.js';
import { afterRefresh, hold as still, refresh } from './live.js';
import { folded } from './wide.js';

const COLUMN_MS = 300_000;
const told = document.getElementById('board-told')?.dataset ?? {};
const writes = told.writes === 'true';
const board = () => document.getElementById('board');
const timeline = () => document.getElementById('timeline');
const number = (el, letter) => Number([...el.classList].find((c) => c[0] === letter && /^\d+$/.test(c.slice(1)))?.slice(1) ?? 1);
const put = (el, letter, n) => { el.classList.remove(letter + number(el, letter)); el.classList.add(letter + n); };
const where = (el) => ({ r: number(el, 'r'), s: number(el, 's'), l: number(el, 'l') });
const show = (el, at) => { for (const letter of ['r', 's', 'l']) put(el, letter, at[letter]); };
const columns = () => Number(board().dataset.columns);
const instant = (s) => new Date(Date.parse(board().dataset.from) + (s - 1) * COLUMN_MS).toISOString();
const rows = () => [...timeline().querySelectorAll('.rm[data-room]')];
const rowOf = (r) => rows().find((rm) => Number(rm.dataset.row) === r);
const clamp = (n, low, high) => Math.max(low, Math.min(high, n));
const key = () => [...crypto.getRandomValues(new Uint32Array(4))].join('-');

/** Sends an act; the answer is `{ ok, status, record }`. */
async function send(address, fields = {}, method = 'POST') {
  try {
    const answer = await fetch(address, {
      method,
      body: JSON.stringify(fields),
      headers: { accept: 'application/json', 'content-type': 'application/json', 'idempotency-key': key() },
    });
    return { ok: answer.ok, status: answer.status, record: await answer.json().catch(() => ({})) };
  } catch {
    return { ok: false, status: 0, record: {} };
  }
}

// ------------------------------------------------------------------------------------------- toast

let toastGoes = 0;
let lastAct = null;
/** Moves go out one after the other: whoever presses a key twice is not refused for their own change. */
let turn = Promise.resolve();

function element(name, text, attributes = {}) {
  const el = document.createElement(name);
  if (text) el.textContent = text;
  for (const [attribute, value] of Object.entries(attributes)) el.setAttribute(attribute, value);
  return el;
}

function toast(parts, millis = 60_000) {
  const box = document.getElementById('toast');
  if (!box) return;
  box.replaceChildren(...parts);
  box.hidden = false;
  clearTimeout(toastGoes);
  toastGoes = setTimeout(() => { box.hidden = true; }, millis);
}

/** What was done, with the way back for a minute. */
function done(text, record) {
  lastAct = record.act ?? null;
  const undo = element('button', told.undo, { type: 'button', class: 'btn sm' });
  undo.append(' ', element('kbd', 'Ctrl Z'));
  undo.addEventListener('click', takeBack);
  toast(lastAct === null ? [element('span', text)] : [element('span', text), undo]);
}

/**
 * What was refused: who has it, and what else there is; where a reason lets it pass, the way to write one. `go`: what is
 * done with one of the others, where a press may do it; `ask`: how a supervisor is asked, where one may allow it; `why`:
 * what is done with the reason.
 */
function refused({ status, record }, el, go, ask, why) {
  const text = record.detail ?? record.title ?? told.refused;
  const parts = [element('span', [text, ...Object.values(record.fields ?? {})].join(' '))];
  const others = record.current?.alternatives ?? [];
  if (others.length > 0) {
    const list = element('ul');
    for (const other of others.slice(0, 3)) {
      const one = element('li', go && other.rooms?.length === 1 ? '' : other.said, { class: 'tag' });
      if (!one.textContent) {
        const button = element('button', other.said, { type: 'button', class: 'btn sm' });
        button.addEventListener('click', () => go(other));
        one.className = '';
        one.append(button);
      }
      list.append(one);
    }
    parts.push(list);
  }
  if (ask && record.current?.needs_approval) {
    const button = element('button', told.ask, { type: 'button', class: 'btn sm' });
    button.addEventListener('click', ask);
    parts.push(button);
  }
  const field = why && ['too_small', 'looking'].includes(record.current?.refusal) ? reasonField(parts, why) : null;
  if (el && record.current?.refusal === 'not_ready') parts.push(element('a', told.open, { class: 'btn sm', href: `${el.getAttribute('href')}#seat` }));
  if (status === 0) parts[0].textContent = document.getElementById('told')?.dataset.failed ?? told.refused;
  toast(parts, field ? 60_000 : 15_000);
  field?.focus();
}

/** A place to write why it shall be all the same. */
function reasonField(parts, why) {
  const form = element('form');
  const field = element('input', '', { class: 'in', name: 'reason', required: '', maxlength: '200', placeholder: told.reason, 'aria-label': told.reason, autocomplete: 'off' });
  form.append(field, element('button', told.move, { class: 'btn sm' }));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    event.stopPropagation();
    const reason = field.value.trim();
    if (reason) why(reason);
  });
  parts.push(form);
  return field;
}

/** What was done last is known once its answer is there: taking back waits for it. */
function takeBack() {
  turn = turn.then(takeBackLast);
}

async function takeBackLast() {
  const act = lastAct ?? 'latest';
  lastAct = null;
  const answer = await send(`/bookings/acts/${act}`, {}, 'DELETE');
  if (answer.ok) toast([element('span', told.undone)], 4_000);
  else refused(answer);
  refresh();
}

// ----------------------------------------------------------------------------------------- choosing

let chosen = null;
const bar = () => chosen && document.getElementById(chosen);

function choose(el) {
  for (const one of document.querySelectorAll('.bk.sel')) one.classList.remove('sel');
  for (const one of document.querySelectorAll('.lane.warn')) one.classList.remove('warn');
  chosen = el?.id ?? null;
  const panel = document.getElementById('selected');
  if (!panel) return;
  if (!el) {
    panel.hidden = true;
    panel.replaceChildren();
    return;
  }
  el.classList.add('sel');
  for (const rm of rows()) {
    const lane = timeline().querySelector(`.lane.r${rm.dataset.row}`);
    lane?.classList.toggle('warn', Number(el.dataset.party ?? 0) > Number(rm.dataset.most));
  }
  const title = element('h2');
  title.append(element('a', el.querySelector('b')?.textContent ?? '', { href: el.getAttribute('href') ?? '#' }));
  // a move that waits for a word has not been made: the party has the room it had
  const name = rowOf((plan?.el === el ? plan.home : where(el)).r)?.dataset.name ?? '';
  const hint = element('p', (told.selected ?? '').replace('{n}', `${el.querySelector('b')?.textContent ?? ''} ${name}`));
  panel.replaceChildren(title, element('p', el.title), hint);
  panel.hidden = false;
}

// ------------------------------------------------------------------------------------------- moving

/** What is asked for where a bar is put elsewhere. */
function changes(from, to) {
  const fields = {};
  if (to.r !== from.r) fields.room = to.room;
  if (from.room) fields.from_room = from.room;
  if (to.s !== from.s) fields.at = instant(to.s);
  if (to.l !== from.l) fields.minutes = to.l * 5;
  return fields;
}

const named = (place) => ({ ...place, room: rowOf(place.r)?.dataset.name });
const moves = (from, to) => from.r !== to.r || from.s !== to.s || from.l !== to.l;

/** What a move would do, before it is done: what is called out, what becomes free, who of those who wait gains. */
async function ahead(no, from, to, more = {}) {
  const query = new URLSearchParams({ ...changes(from, to), ...more });
  const answer = await fetch(`/bookings/${no}/preview?${query}`, { headers: { accept: 'application/json' } }).catch(() => null);
  const record = await answer?.json().catch(() => ({})) ?? {};
  return { ok: Boolean(answer?.ok), words: record.said ?? record.detail ?? '' };
}

/** The newest version of a booking that an answer has told: the page may not have caught up yet. */
const versions = new Map();
/** Asks the server to move a bar; until it answers the bar stands where it was put. `more`: the reason for it. */
function move(el, from, to, more = {}) {
  if (!moves(from, to)) return;
  // by the time its turn comes the page may have been drawn anew with other rows
  const [home, place] = [named(from), named(to)];
  if (!place.room) return;
  show(el, to);
  el.setAttribute('aria-busy', 'true');
  turn = turn.then(() => moved(el, home, place, more));
  return turn;
}

async function moved(el, from, to, more) {
  const { no } = el.dataset;
  // what whoever moves it has seen, and not what came while it was asked who gains
  const version = Math.max(Number(el.dataset.version), versions.get(no) ?? 0);
  const seen = await ahead(no, from, to, more);
  const answer = await send(`/bookings/${no}/change`, { version, ...changes(from, to), ...more });
  el.removeAttribute('aria-busy');
  if (answer.ok) {
    versions.set(no, answer.record.version ?? 0);
    // who gains by it is known only before it is done
    done((seen.ok && seen.words) || `${el.querySelector('b')?.textContent ?? ''} → ${to.room}`, answer.record);
  } else {
    // where it was to go next was told from a place that it did not get
    if (plan?.el === el) leave();
    show(el, from);
    refused(
      answer, el,
      (other) => { turn = turn.then(() => elsewhere(el, from, other)); },
      () => { turn = turn.then(() => petition(el, from, to, more)); },
      (reason) => move(el, from, to, { reason }),
    );
  }
  refresh();
}

/** A supervisor is asked for what was refused; until they answer the party stays where it is. */
async function petition(el, from, to, more) {
  const { no } = el.dataset;
  const version = Math.max(Number(el.dataset.version), versions.get(no) ?? 0);
  const answer = await send(`/bookings/${no}/change`, { version, ...changes(from, to), ...more, ask: true });
  if (answer.ok) toast([element('span', told.asked)], 10_000);
  else refused(answer, el);
  refresh();
}

/** What was offered instead of a refused move: another room, or another time. */
async function elsewhere(el, from, { name, from_at: at }) {
  const { no } = el.dataset;
  const version = Math.max(Number(el.dataset.version), versions.get(no) ?? 0);
  const answer = await send(`/bookings/${no}/change`, { version, from_room: from.room, room: name, at });
  if (answer.ok) {
    versions.set(no, answer.record.version ?? 0);
    done(`${el.querySelector('b')?.textContent ?? ''} → ${name}`, answer.record);
  } else refused(answer, el);
  refresh();
}

// ------------------------------------------------------------------------------------ tapping

let holding = null;

/** Keeps a free place and opens the booking there. */
async function hold(lane, event) {
  const box = lane.getBoundingClientRect();
  const s = clamp(Math.floor((event.clientX - box.left) / (box.width / columns()) / 3) * 3 + 1, 1, columns());
  const row = rowOf(number(lane, 'r'));
  const fields = { room: row.dataset.name, at: instant(s) };
  if (holding) fields.instead = holding;
  const answer = await send('/bookings/holds', fields);
  if (!answer.ok) {
    refused(answer);
    return;
  }
  holding = answer.record.id;
  const go = element('a', told.go, { class: 'btn sm', href: `/bookings/new?room=${encodeURIComponent(row.dataset.name)}&at=${encodeURIComponent(fields.at)}&hold=${holding}` });
  const give = element('button', told.give, { type: 'button', class: 'btn sm' });
  give.addEventListener('click', async () => {
    await send(`/bookings/holds/${holding}`, {}, 'DELETE');
    holding = null;
    toast([], 0);
    refresh();
  });
  toast([element('span', `${told.hold} ${row.dataset.name} ${clock.format(new Date(fields.at))}`), go, give]);
  go.focus();
  refresh();
}

function tap(event) {
  leave();
  const el = event.target.closest('.bk');
  if (el?.dataset.no) {
    event.preventDefault();
    if (chosen === el.id && !('movable' in el.dataset)) location.assign(el.href);
    else choose(chosen === el.id ? null : el);
    return;
  }
  const lane = event.target.closest('.lane[data-lane]');
  if (!lane || !writes) return;
  const one = bar();
  if (one && 'movable' in one.dataset) {
    const to = { ...where(one), r: number(lane, 'r') };
    move(one, where(one), to);
    choose(null);
  } else {
    hold(lane, event);
  }
}

// -------------------------------------------------------------------------------------- the keyboard

const SIMPLE = { a: 'arrival', i: 'seat', o: 'departure' };
const FORMS = { x: 'change', '+': 'add', J: 'combine', s: 'split', w: 'swap', l: 'eta', d: 'cancel' };

async function simple(el, noun, fields = {}) {
  const answer = await send(`/bookings/${el.dataset.no}/${noun}`, fields);
  if (answer.ok) done(`${el.querySelector('b')?.textContent ?? ''} ${told.done}`, answer.record);
  else refused(answer, el);
  refresh();
}

/** Ticks the next greeter who was heard on the radio. */
function voice() {
  const next = document.querySelector('form[data-voice]');
  next?.requestSubmit();
  return Boolean(next);
}

/** A move by keys that is not made yet: the bar stands where it would go, and what that would do is said. */
let plan = null;
/** So long it waits for a word, in milliseconds: the board stays as it is meanwhile. */
const PLAN_MS = 30_000;

function propose(el, to) {
  if (plan && plan.el !== el) leave();
  const home = plan?.home ?? where(el);
  if (!moves(home, to)) { leave(); return; }
  if (plan) for (const timer of plan.timers) clearTimeout(timer);
  else still(true);
  const mine = { el, home, to };
  plan = mine;
  show(el, to);
  el.classList.add('plan');
  planned(said(to));
  const look = async () => {
    const { words } = await ahead(el.dataset.no, named(home), named(to));
    if (plan === mine && words) planned(`${said(to)} · ${words}`);
  };
  mine.timers = [setTimeout(look, 120), setTimeout(leave, PLAN_MS)];
}

/** Says beneath the board what a move would do, and asks. */
function planned(words) {
  const button = (text, key, then) => {
    const one = element('button', text, { type: 'button', class: 'btn sm' });
    one.append(' ', element('kbd', key));
    one.addEventListener('click', then);
    return one;
  };
  toast([element('span', words), button(told.move, '↵', confirmed), button(told.leave, 'Esc', leave)], PLAN_MS);
}

function settled() {
  const { el, home, to, timers } = plan;
  for (const timer of timers) clearTimeout(timer);
  plan = null;
  el.classList.remove('plan');
  return { el, home, to };
}

function confirmed() {
  if (!plan) return;
  const { el, home, to } = settled();
  toast([element('span', said(to))], 10_000);
  Promise.resolve(move(el, home, to)).finally(() => still(false));
}

/** Back where it was, as if nothing had been pressed. */
function leave() {
  if (!plan) return;
  const { el, home } = settled();
  show(el, home);
  toast([], 0);
  still(false);
}

/** What a key does to a move that waits for a word: Enter makes it, anything else but moving it on leaves it. */
function answered(event) {
  if (!plan || (event.altKey && event.key.startsWith('Arrow'))) return false;
  if (['Alt', 'Shift', 'Control', 'Meta', 'Tab'].includes(event.key)) return false;
  const undo = event.key === 'z' && (event.ctrlKey || event.metaKey);
  if (event.key === 'Escape' || undo) { leave(); return true; }
  // the buttons that ask have the focus
  if (event.target.closest?.('#toast')) return false;
  if (event.key === 'Enter' && !event.target.closest?.('input, textarea, select')) { confirmed(); return true; }
  leave();
  return false;
}

function arrow(el, event) {
  const from = where(el);
  const list = rows().map((rm) => Number(rm.dataset.row));
  const at = list.indexOf(from.r);
  const steps = 3;
  const to = {
    ArrowLeft: event.shiftKey ? { ...from, l: Math.max(3, from.l - steps) } : { ...from, s: Math.max(1, from.s - steps) },
    ArrowRight: event.shiftKey ? { ...from, l: Math.min(columns() + 1 - from.s, from.l + steps) } : { ...from, s: Math.min(columns() + 1 - from.l, from.s + steps) },
    ArrowUp: { ...from, r: list[at - 1] ?? from.r },
    ArrowDown: { ...from, r: list[at + 1] ?? list[0] },
  }[event.key];
  if (to) propose(el, to);
}

function walk(step) {
  const bars = [...document.querySelectorAll('.tl .bk[data-no]:not(.gone)')].sort((a, b) => where(a).r - where(b).r || where(a).s - where(b).s);
  if (bars.length === 0) return;
  const here = bars.findIndex((el) => el.id === chosen);
  const next = bars[here < 0 ? 0 : clamp(here + step, 0, bars.length - 1)];
  choose(next);
  next.focus();
  next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: document.body.dataset.zone });
/** A place on the board in words: the room, from when to when. */
function said({ r, s, l }) {
  const [from, to] = [s, s + l].map((column) => clock.format(new Date(instant(column))));
  return `${rowOf(r)?.dataset.name ?? ''} ${from}–${to}`;
}

/** A bar in the hand. */
const held = hand({
  timeline, columns, where, row: (el) => number(el, 'r'), said, mayGrab: () => writes && !plan, put: move,
  ahead: async (el, from, to) => (moves(from, to) ? (await ahead(el.dataset.no, named(from), named(to))).words : ''),
});

/**
 * What is typed into the board's own search leads to the first party or room that is called so. The server
 * knows names by their sound and numbers by their end; what is not here is looked for in the list.
 */
async function findHere(event) {
  const form = event.target.closest('form[data-board-find]');
  const text = folded(form?.elements.q.value.trim() ?? '');
  if (!text) return;
  event.preventDefault();
  const query = new URLSearchParams(new FormData(form));
  const answer = await fetch(`/bookings?${query}`, { headers: { accept: 'application/json' } }).catch(() => null);
  const { items } = answer?.ok ? await answer.json().catch(() => ({})) : {};
  const known = new Set((items ?? []).map((one) => one.no));
  const has = (words) => folded(words ?? '').includes(text);
  const bars = [...timeline()?.querySelectorAll('.bk[data-no]:not(.gone)') ?? []].sort((a, b) => where(a).s - where(b).s);
  const party = bars.find((el) => known.has(el.dataset.no)) ?? bars.find((el) => has(el.title) || has(el.dataset.no));
  const room = rows().find((rm) => has(rm.textContent));
  if (!party && !room) { form.submit(); return; }
  if (party) choose(party);
  const found = party ?? room.querySelector('a');
  found.focus();
  found.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

let jump = '';
let jumpEnds = 0;

/** Rooms by their number: each digit goes to the first that begins so, Enter takes the party that is there. */
function jumped(key) {
  const digit = /^[0-9A-Z]$/.test(key) && (jump || !FORMS[key]);
  if (!digit && !(key === 'Enter' && jump)) return false;
  const name = digit ? jump + key : jump;
  const room = rows().find((rm) => rm.dataset.name.startsWith(name));
  clearTimeout(jumpEnds);
  jump = digit && room ? name : '';
  jumpEnds = setTimeout(() => { jump = ''; }, 1_500);
  if (!room) return false;
  room.scrollIntoView({ block: 'center' });
  if (digit) return true;
  const column = (now() - Date.parse(board().dataset.from)) / COLUMN_MS + 1;
  const bars = [...timeline().querySelectorAll(`.bk[data-no].r${room.dataset.row}:not(.gone)`)].sort((a, b) => where(a).s - where(b).s);
  const next = bars.find((el) => where(el).s + where(el).l > column) ?? bars.at(-1);
  if (next) choose(next);
  (next ?? room.querySelector('a')).focus();
  return true;
}

function pressed(event) {
  if (event.isComposing || event.keyCode === 229) return false;
  // what lies over the board has the keys
  if (document.querySelector('dialog[open]')) return false;
  if (answered(event)) return true;
  if (event.key === 'z' && (event.ctrlKey || event.metaKey)) {
    if (event.target.closest('input, textarea')) return false;
    takeBack();
    return true;
  }
  if (event.key === 'Escape' && held.busy()) { held.drop(false); return true; }
  if (event.target.closest('input, textarea, select')) return false;
  const focused = event.target.closest?.('.bk[data-no]');
  const el = focused ?? bar();
  if (event.altKey && event.key.startsWith('Arrow') && el && writes) {
    choose(el);
    arrow(el, event);
    return true;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === 'Escape' && chosen) { choose(null); return true; }
  if (jumped(event.key)) return true;
  if (event.key === 'j' || event.key === 'k') { walk(event.key === 'j' ? 1 : -1); return true; }
  if (!writes) return false;
  if (event.key === 'n') { document.querySelector('[data-new]')?.click(); return true; }
  if (event.key.toLowerCase() === 'y') return voice();
  if (event.key === 'u') { takeBack(); return true; }
  if (!el) return false;
  if (event.key === 'Enter') { location.assign(el.href); return true; }
  if (SIMPLE[event.key]) { simple(el, SIMPLE[event.key]); return true; }
  if (event.key === 'e') { simple(el, 'extension', { minutes: 30 }); return true; }
  if (event.key === 'c') {
    const room = rowOf(where(el).r);
    if (room) send(`/rooms/${room.dataset.room}/readiness`, { state: 'ready' }).then((answer) => { if (!answer.ok) refused(answer); refresh(); });
    return true;
  }
  if (FORMS[event.key]) { location.assign(`${el.href}#${FORMS[event.key]}`); return true; }
  return false;
}

if (board()) {
  const page = document.getElementById('main');
  page.addEventListener('click', tap);
  page.addEventListener('submit', findHere);
  page.addEventListener('dragstart', (event) => event.preventDefault());
  // before the panel's own keys: n is a booking here, j and k walk along the bars
  document.addEventListener('keydown', (event) => {
    if (pressed(event)) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);
  afterRefresh(() => { if (chosen) choose(bar()); });
  // what follows from the time alone (late, about to come, the line of now) is drawn each minute
  setInterval(() => { if (document.visibilityState === 'visible') refresh(); }, 60_000);
  const [mark, line] = [document.querySelector('.now'), timeline()];
  if (mark && line) line.scrollLeft = Math.max(0, mark.offsetLeft - line.clientWidth / 2);
}
