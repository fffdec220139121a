// The form of a new booking: the quick line fills the fields while it is typed, the guest is known by
// the number, rooms that suit stand beside, and the hold is kept alive while somebody writes.

import { aloud } from './aloud.js';
import { leftover } from './leftover.js';

const form = document.querySelector('form[data-booking]');
const told = document.getElementById('booking-told')?.dataset ?? {};
const field = (name) => form.elements[name];
const one = (mark, root = document) => root.querySelector(`[data-${mark}]`);
const key = () => [...crypto.getRandomValues(new Uint32Array(4))].join('-');

/** Fields a person typed into are theirs; the line fills the others. */
const own = new Set();

function fill(name, value) {
  if (own.has(name) || value === null || value === undefined || value === '') return;
  field(name).value = value;
}

function guest(known) {
  const panel = document.getElementById('guest');
  panel.hidden = !known;
  if (!known) return;
  one('guest-name').textContent = known.name;
  one('guest-vip').hidden = !known.vip;
  one('guest-said').textContent = [(told.said ?? '').replace('{v}', known.visits).replace('{n}', known.no_shows), ...known.wishes, ...known.warnings].join('·');
  const list = one('guest-last');
  list.replaceChildren(...known.last.map((visit) => {
    const item = document.createElement('li');
    const link = document.createElement('a');
    link.href = `/bookings/${visit.no}`;
    link.textContent = visit.said;
    item.append(link);
    return item;
  }));
}

/** Takes a room that was offered: it is kept, and stands in the form with its time. */
function take(option) {
  own.add('room');
  field('room').value = option.name;
  const later = ['time', 'day'].includes(option.other);
  if (walksIn() && !later) {
    // whoever takes a room that says until when it can be had has read it
    field('shorten').checked = Boolean(option.until);
  } else {
    // who comes later is no guest at the door any more
    if (walksIn()) form.elements.source.value = 'self';
    field('when').value = option.when;
    own.add('when');
  }
  aloud(form);
  hold(option);
}

function offer(option) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'suit';
  const name = document.createElement('b');
  name.textContent = option.name;
  // the sentence begins with the room, which stands before it in bold
  const rest = option.said.startsWith(option.name) ? option.said.slice(option.name.length) : ` ${option.said}`;
  button.append(name, option.other ? rest : ` ${option.why.join('，')}`);
  button.addEventListener('click', () => take(option));
  item.append(button);
  return item;
}

function suits(found) {
  const list = one('suits');
  const all = found ? [...found.items, ...found.others] : [];
  one('suits-empty').hidden = all.length > 0 || Boolean(found?.script);
  list.replaceChildren(...all.map(offer));
  if (found?.repack) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn sm';
    button.textContent = told.repack;
    button.addEventListener('click', () => inTurn(() => repack(found.repack, button)));
    item.append(found.repack.said, ' ', button);
    list.append(item);
  }
  const script = one('script');
  script.hidden = !found?.script;
  script.textContent = found?.script ?? '';
}

/** Makes the moves as they were shown; what holds instead is shown where they no longer do. */
async function repack(plan, button) {
  button.disabled = true;
  const answer = await post('/bookings/repacking', { ...plan.asked, hold: held, room: plan.name, moves: plan.moves });
  if (answer.ok) {
    // what was kept before went with the moves
    own.add('room');
    field('room').value = plan.name;
    keeps(answer.record.hold);
    button.closest('li').remove();
    say('');
  } else {
    say(answer.record.detail ?? told.failed);
    button.disabled = false;
    // a refusal of another kind says who is in the way, and no rooms
    if (answer.record.current?.items) suits(answer.record.current);
  }
  aloud(form);
}

async function post(address, body, method = 'POST') {
  try {
    const answer = await fetch(address, { method, body: JSON.stringify(body), headers: { accept: 'application/json', 'content-type': 'application/json', 'idempotency-key': key() } });
    return { ok: answer.ok, status: answer.status, record: await answer.json().catch(() => ({})) };
  } catch {
    return { ok: false, status: 0, record: {} };
  }
}

const say = (text) => { one('said', form).textContent = text; };

// ------------------------------------------------------------------------------------------ the hold

/** The holds of this form: one for each room of a combination. */
let held = (form?.dataset.hold ?? '').split(',').map(Number).filter(Boolean);

/** A save waits for the hold that was asked for just before. */
let holding = Promise.resolve();
/** What takes and gives back rooms goes one after the other: the next knows what the one before has kept. */
const inTurn = (act) => { holding = holding.then(act).catch(() => say(told.failed)); return holding; };
const hold = (option) => inTurn(() => keep(option));

async function keep(option) {
  const answer = await post('/bookings/holds', { room: option.name.split('+'), at: option.from_at, minutes: option.minutes, instead: held });
  if (answer.ok) keeps(answer.record);
  else say(answer.record.detail ?? told.failed);
}

function keeps({ ids, lasts_ms }) {
  one('had').textContent = '';
  held = ids;
  field('hold').value = held.join(',');
  longer = false;
  lasts(lasts_ms);
}

const giveBack = () => Promise.all(held.map((id) => fetch(`/bookings/holds/${id}`, { method: 'DELETE', keepalive: true, headers: { accept: 'application/json' } }).catch(() => {})));

/** So long before it ends, in milliseconds, a hold is kept for longer; of a short one half is waited for. */
const AHEAD_MS = 60_000;
/** When the holds end by this browser's clock, and whether they were kept for longer: once is all there is. */
let [ends, longer, renewal] = [0, false, 0];

/** They last so long from now on, by the server: a form is often opened later than its hold was taken. */
function lasts(ms) {
  ends = Date.now() + ms;
  clearTimeout(renewal);
  if (!longer) renewal = setTimeout(() => inTurn(keepLonger), Math.max(0, ms / 2, ms - AHEAD_MS));
  left();
}

async function keepLonger() {
  if (held.length === 0) return;
  longer = true;
  const answers = await Promise.all(held.map((id) => post(`/bookings/holds/${id}`, {})));
  const lost = answers.find((answer) => !answer.ok);
  if (lost) say(lost.record.detail ?? told.failed);
  else lasts(Math.min(...answers.map((answer) => answer.record.lasts_ms)));
}

/** Says for how long the rooms are still kept, and that they are not any more. */
function left() {
  const seconds = Math.max(0, Math.round((ends - Date.now()) / 1_000));
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const words = seconds > 0 ? (told.holdLeft ?? '').replace('{s}', clock) : told.holdOver;
  one('kept', form).textContent = held.length > 0 ? words : '';
}

if (held.length > 0) lasts(Number(form.dataset.holdMs));
if (form) setInterval(left, 1_000);

/** Who goes away gives the room back. */
let saved = false;
addEventListener('pagehide', () => {
  if (!saved) giveBack();
});

// ------------------------------------------------------------------------------------------- asking

let timer = 0;
let asked = 0;
/** So long after a question that did not get through it is asked again, in milliseconds. */
const AGAIN_MS = 4_000;
/** The kind of room that was asked for, by its name. */
let kind = '';
/** Whoever stands at the door is there now: what suits is asked for now, and no time is written. */
const walksIn = () => form.elements.source.value === 'walk_in';

function ask() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const line = one('quick').value;
    const turn = ++asked;
    const parts = [line];
    if (!line) parts.push(field('name').value, field('party').value && `${field('party').value}位`, field('when').value);
    const query = new URLSearchParams({ line: parts.filter(Boolean).join(' '), phone: field('phone').value, minutes: field('minutes').value, wishes: field('wishes').value, hold: held.join(',') });
    // the room of a line that is still being typed is the line's; one that a person typed or took is theirs
    if (!line || own.has('room')) query.set('room', field('room').value);
    if (walksIn()) query.set('walk_in', 'on');
    const answer = await fetch(`/bookings/draft?${query}`, { headers: { accept: 'application/json' } }).catch(() => null);
    const read = await answer?.json().catch(() => null);
    if (turn !== asked) return;
    if (!answer?.ok || !read) { unasked(answer?.status ?? 0, read); return; }
    one('unasked').hidden = true;
    kind = read.class ?? '';
    one('understood').textContent = kind;
    if (line) {
      fill('name', read.name);
      fill('party', read.party);
      fill('phone', read.phone);
      fill('when', read.when);
      fill('minutes', read.minutes);
      fill('room', read.room);
      fill('wishes', read.wishes.join('，'));
      fill('occasion', read.occasion);
      fill('note', read.note);
    } else if (!field('name').value) {
      fill('name', read.guest?.name);
    }
    aloud(form);
    one('lunar').textContent = read.lunar ?? '';
    one('had').textContent = read.taken ?? '';
    guest(read.guest);
    suits(read.suggestions);
  }, 180);
}

/** Says that nobody could be asked, or what is wrong with what was: rooms of an earlier question suit no more. */
function unasked(status, problem) {
  const refused = status >= 400 && status < 500;
  one('unasked-said').textContent = refused && problem ? [problem.detail ?? problem.title, ...Object.values(problem.fields ?? {})].filter(Boolean).join(' ') : told.away;
  one('unasked').hidden = false;
  one('had').textContent = '';
  suits(null);
  one('suits-empty').hidden = true;
  // what is refused is so until it is written otherwise
  if (!(refused && problem)) timer = setTimeout(ask, AGAIN_MS);
}

function wrong(fields) {
  for (const input of form.querySelectorAll('[data-wrong]')) input.removeAttribute('aria-invalid');
  let first = null;
  for (const name of Object.keys(fields)) {
    const input = form.querySelector(`[data-wrong="${name}"]`);
    input?.setAttribute('aria-invalid', 'true');
    first ??= input;
  }
  first?.focus();
}

/** What passes for a reason: the field for it lies among the rarer ones. */
const REASONED = new Set(['too_small', 'looking', 'not_ready', 'reason']);
function reason(refusal) {
  if (!REASONED.has(refusal)) return;
  form.querySelector('.more-f').open = true;
  field('reason').focus();
}

/** What to do with one of a series that somebody is in the way of; it is sent with the next save. */
function choose(one) {
  const label = document.createElement('label');
  label.className = 'f';
  const select = document.createElement('select');
  select.className = 'in';
  select.name = 'choice';
  const options = [['', told.choose], [`skip:${one.date}`, told.skip], [`other_room:${one.date}`, told.other]];
  select.append(...options.map(([value, text]) => new Option(text, value, false, value.startsWith(`${one.chosen}:`))));
  label.append(`${one.said} ${one.detail}`, select);
  return label;
}

async function save() {
  if (form.getAttribute('aria-busy') === 'true') return;
  form.setAttribute('aria-busy', 'true');
  await holding;
  const body = {};
  for (const [name, value] of new FormData(form)) if (name !== 'op_id' && value !== '') body[name] = name in body ? [body[name], value].flat() : value;
  // what kind of room was asked for is not lost where none was found yet
  if (kind && !body.room) body.note = [body.note, kind].filter(Boolean).join('，');
  const answer = await fetch('/bookings', { method: 'POST', body: JSON.stringify(body), headers: { accept: 'application/json', 'content-type': 'application/json', 'idempotency-key': field('op_id').value } }).catch(() => null);
  form.removeAttribute('aria-busy');
  const record = await answer?.json().catch(() => ({})) ?? {};
  if (answer?.ok) {
    saved = true;
    forget();
    // of several the page of all of them says more than the day of the first
    const first = record.items?.[0]?.no;
    location.assign(record.no ? `/bookings/${record.no}` : first ? `/bookings/${first}/series` : '/bookings');
    return;
  }
  field('op_id').value = key();
  // what is to be chosen for each date stands beneath
  say(record.current?.conflicts ? record.title : [record.detail ?? told.failed, ...Object.values(record.fields ?? {})].join(' '));
  wrong(record.fields ?? {});
  reason(record.current?.refusal);
  const elses = one('elses');
  elses.replaceChildren(...(record.current?.conflicts ?? []).map(choose), ...(record.current?.alternatives ?? []).map((option) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn sm';
    button.textContent = option.said;
    button.addEventListener('click', () => {
      elses.replaceChildren();
      say('');
      take(option);
    });
    return button;
  }));
}

/** Forgets what was kept of the form: it is a booking now. */
const forget = form ? leftover(form, (names) => { for (const name of names) own.add(name); aloud(form); ask(); }) : () => {};

if (form) {
  one('quick').addEventListener('input', ask);
  for (const name of ['name', 'party', 'phone', 'when', 'room', 'minutes', 'wishes', 'occasion', 'note']) {
    field(name).addEventListener('input', () => {
      own.add(name);
      if (['party', 'phone', 'when', 'room', 'minutes', 'wishes'].includes(name)) ask();
    });
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    save();
  });
  form.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      save();
    } else if (event.key === 'Enter' && event.target.matches('input:not([type=checkbox]):not([type=radio])')) {
      // Enter moves on, in speaking order
      event.preventDefault();
      const fields = [...form.querySelectorAll('input:not([type=hidden]), textarea, button[data-save]')].filter((el) => el.offsetParent !== null && el.type !== 'radio');
      fields[fields.indexOf(event.target) + 1]?.focus();
    }
  });
  for (const radio of form.elements.source) radio.addEventListener('change', ask);
  // what was said is not asked again (waitlist.js); it goes behind the address, where no log sees it
  one('to-waitlist')?.addEventListener('click', (event) => {
    const value = (name) => form.elements[name]?.value ?? '';
    const note = [value('wishes'), value('note')].filter(Boolean).join('，');
    const said = { name: value('name'), phone: value('phone'), party: value('party'), from: value('when'), minutes: value('minutes'), kind, note, call_id: value('call_id'), done: value('done') };
    forget();
    event.currentTarget.href = `/waitlist#${new URLSearchParams(Object.entries(said).filter(([, text]) => text))}`;
  });
  if (field('phone').value || (field('when').value && (field('party').value || field('room').value))) ask();
}
