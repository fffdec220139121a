// The engineer's telephone. What is done is kept in the telephone first, with the time it was done, and told to
// the house as soon as there is a network: each act once (op_id), in order. The service worker keeps the page.
//
// However many tabs are open, one tells at a time, and each hears of what the others did. What the house fails on holds
// up its own job alone, and is shown once that lasts.

import { forget, keepTold, left, moved, putBack, restore, save, takenBack, tidy } from './jobdrafts.js';
import { draw as drawPad, inked, pads, png, writing } from './pads.js';
import { told } from './page.js';
import { isForeign, shrunk } from './shrink.js';
import { at as clock } from './ticking.js';

const STORE = 'acts';
const number = () => [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(16).padStart(8, '0')).join('');

const opened = new Promise((resolve, reject) => {
  const open = indexedDB.open('jobs', 1);
  open.onupgradeneeded = () => open.result.createObjectStore(STORE, { keyPath: 'id', autoIncrement: true });
  open.onsuccess = () => resolve(open.result);
  open.onerror = () => reject(open.error);
});

/** The other tabs of this telephone. */
const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('jobs') : undefined;

async function store(mode, ask) {
  const base = await opened;
  return new Promise((resolve, reject) => {
    const tx = base.transaction(STORE, mode);
    const asked = ask(tx.objectStore(STORE));
    tx.oncomplete = () => {
      if (mode === 'readwrite') tabs?.postMessage({});
      resolve(Array.isArray(asked) ? asked.map((one) => one.result) : asked?.result);
    };
    tx.onerror = () => reject(tx.error);
    // a telephone without room
    tx.onabort = () => reject(tx.error);
  });
}
/** Whose telephone this is now. What somebody else did on it waits until they sign in again. */
const who = told('who');
/** Keeps acts, all or none of them; gives the numbers of their rows. */
const keep = (...more) => store('readwrite', (acts) => more.map((act) => acts.add(Object.assign(act, { who }))));
/** Keeps an act as it is now; false where it has gone meanwhile, from another tab. */
async function put(act) {
  let there = false;
  await store('readwrite', (acts) => {
    const asked = acts.get(act.id);
    asked.onsuccess = () => {
      there = asked.result !== undefined;
      if (there) acts.put(act);
    };
    return asked;
  });
  return there;
}
const everybodys = () => store('readonly', (acts) => acts.getAll());
const isOwn = (act) => act.who === undefined || act.who === who;
const all = async () => (await everybodys()).filter(isOwn);
/** What is to be told; what was refused stays until it is dismissed. */
const waiting = async () => (await all()).filter((act) => !act.refused);
const done = (id) => store('readwrite', (acts) => acts.delete(id));
/** Forgets the last step on a job where the house cannot have heard of it, and gives it. */
async function unsaid(no) {
  let last;
  await store('readwrite', (acts) => {
    const asked = acts.getAll();
    asked.onsuccess = () => {
      last = asked.result.findLast((act) => isOwn(act) && !act.refused && act.no === no && act.next);
      if (!last?.from || last.sent) last = undefined;
      else acts.delete(last.id);
    };
    return asked;
  });
  return last;
}

/** What the house failed on so often, and for so long, is shown. */
const TRIES = 5;
const LASTS = 120_000;
/** A tab that tells for so long does not. */
const SLEEPS = 120_000;
const isStuck = ({ failing }) => failing !== undefined && failing.tries >= TRIES && Date.now() - failing.since >= LASTS;
/** So many refused acts are kept, the newest. */
const MOST = 30;
/** A drawing of so many points of the canvas is a signature; a tap is none. */
const SIGNATURE = 100;
const FEE = /^[¥￥]?\s*\d{1,3}(,?\d{3}){0,3}(\.\d{0,2})?\s*元?$/;

const net = document.getElementById('net');
const kept = document.getElementById('kept');
const jobOf = (no) => document.getElementById(`job-${no}`);
const hands = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: document.body.dataset.zone });
const minute = (at) => hands.format(new Date(at));

/** The session is over: nothing is told until somebody signs in again. */
let out = false;

async function draw(offline) {
  const rows = await everybodys();
  const count = rows.filter((act) => isOwn(act) && !act.refused).length;
  const others = rows.filter((act) => !isOwn(act) && !act.refused).length;
  document.documentElement.dataset.queued = count;
  net.hidden = !offline && !out && count + others === 0;
  // the drawing of a signature belongs to its step
  const steps = rows.filter((act) => isOwn(act) && !act.refused && act.kind !== 'signature').length;
  const queued = steps > 0 ? told('queued').replace('{n}', steps) : '';
  const waits = others > 0 ? told('others').replace('{n}', others) : '';
  net.querySelector('span').textContent = [out ? told('signedOut') : offline ? told('offline') : '', queued, waits].filter(Boolean).join(out ? ' ' : told('dot') ?? '·');
  net.querySelector('a').hidden = !out;
  net.classList.toggle('bad', out);
}

/** A picture that was refused, to be seen: the policy of the page takes none that is not the house's. */
async function thumb(bytes) {
  const picture = await createImageBitmap(bytes);
  const canvas = document.createElement('canvas');
  canvas.width = 240;
  canvas.height = Math.max(1, Math.round(240 * picture.height / picture.width));
  canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** What was refused and why, until somebody has seen it; and what the house fails on. */
async function drawKept() {
  const refused = (await all()).filter((act) => act.refused || isStuck(act));
  kept.hidden = refused.length === 0;
  // the newest job first, what was done to it in order
  const newest = new Map(refused.map(({ no, id }) => [no, id]));
  refused.sort((one, other) => newest.get(other.no) - newest.get(one.no) || one.id - other.id);
  kept.querySelector('ul').replaceChildren(...refused.map((act) => {
    const item = document.createElement('li');
    const line = (text) => {
      if (!text) return;
      const words = document.createElement('p');
      words.textContent = text;
      item.append(words);
    };
    line([act.no, act.what ?? told(act.kind === 'signature' ? 'wordSignature' : 'wordPhoto'), act.at && minute(act.at)].filter(Boolean).join(' '));
    line(act.refused ?? told('undelivered'));
    line(words(act).join(told('dot') ?? '·'));
    if (act.bytes) thumb(act.bytes).then((picture) => item.insertBefore(picture, item.querySelector('button')), () => {});
    const offer = (words, does) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'btn sm';
      button.textContent = words;
      // who goes on with keys is at the next one then
      button.addEventListener('click', () => does().then(drawKept).then(() => kept.querySelector('button')?.focus()));
      item.append(button, ' ');
    };
    if (act.refused) offer(told('dismiss'), () => done(act.id));
    else {
      offer(told('again'), flush);
      offer(told('giveUp'), () => refuse(act, told('givenUp')).then(catchUp).then(flush));
    }
    return item;
  }));
}

/** What somebody wrote with an act. */
function words({ details = {} }) {
  const { ticked, unticked, ...written } = details;
  return Object.values(written).map(String).filter((text) => text.trim());
}

/** It was not taken: it stays in the telephone with the reason. */
async function refuse(act, why) {
  if (!await put({ ...act, refused: why })) return;
  const refused = (await all()).filter((one) => one.refused);
  for (const old of refused.slice(0, -MOST)) await done(old.id);
  const job = jobOf(act.no);
  if (job) putBack(job, act);
  await drawKept();
}

/** Where it is said what is wrong with a field or a button. */
const PLACE = '.f, .photos, .undo-own, form';
/** The button that sends a form: another clears the pad. */
const SENDS = 'button.btn:not([type="button"])';

/** Says what is wrong at its place. */
function mark(field, text) {
  const place = field.closest(PLACE);
  const line = place.querySelector('.wrong') ?? document.createElement('p');
  line.className = 'wrong';
  line.setAttribute('role', 'alert');
  line.textContent = text;
  place.append(line);
  field.setAttribute('aria-invalid', 'true');
  return place;
}

/** The same, and leads there. */
function wrong(field, text) {
  const place = mark(field, text);
  field.focus({ preventScroll: true });
  place.scrollIntoView({ block: 'center' });
}

/** What is wrong on the page, so that it can be said again where the page is drawn anew. */
function marked() {
  const said = [...document.querySelectorAll('.job [aria-invalid]')].map((field) => {
    const form = field.form?.dataset.jobAct ?? field.closest('form')?.dataset.jobAct;
    const part = field.name ? `[name="${field.name}"]` : field.matches('canvas') ? 'canvas' : SENDS;
    const other = field.matches('[data-undo-own]') ? '[data-undo-own]' : '[data-photo]';
    const path = form ? `#${field.closest('.job').id} [data-job-act="${form}"] ${part}` : `#${field.closest('.job').id} ${other}`;
    const text = field.closest(PLACE).querySelector('.wrong')?.textContent;
    return { path, text, here: document.activeElement === field };
  });
  return () => {
    for (const { path, text, here } of said) {
      const field = text && document.querySelector(path);
      if (!field) continue;
      mark(field, text);
      if (here) field.focus({ preventScroll: true });
    }
  };
}

function right(field) {
  field.removeAttribute('aria-invalid');
  field.closest(PLACE)?.querySelector(':scope > .wrong')?.remove();
}

/** The row of steps, in order. */
const STEPS = ['issued', 'acked', 'en_route', 'on_site', 'done'];

/** Shows what the server will say once it hears of it: the job's next step. */
function forward(job, next) {
  if (!next) return;
  job.dataset.state = next;
  const chip = job.querySelector('[data-state-name]');
  const beside = { draft: told('stateDraft'), paused: told('statePaused'), signed: told('stateSigned') }[next];
  if (beside) chip.textContent = beside;
  const at = STEPS.indexOf(next === 'paused' ? 'on_site' : next);
  [...job.querySelectorAll('.steps li')].forEach((step, nth) => {
    step.className = nth < at || next === 'signed' ? 'past' : nth === at ? 'now' : '';
    if (nth === at && !beside) chip.textContent = step.firstElementChild.textContent;
  });
  const offered = job.querySelector('.answer-left');
  if (offered) offered.hidden = next !== 'issued';
  for (const more of job.querySelectorAll('.more-of-it')) more.open = next === 'on_site';
}

/**
 * What the telephone knows of a job: what the server said last, then what was done and not told yet, in order. `undo` is
 * what can be taken back, in words; undefined where the server's own offer stands.
 */
function known(job, acts) {
  const { server, undoTo } = job.dataset;
  const before = undoTo ? [undoTo] : [];
  const pressed = {};
  let [state, undo] = [server, undefined];
  for (const act of acts) {
    if (act.no !== job.dataset.no) continue;
    if (act.verb === 'undo') {
      delete pressed[state];
      state = before.pop() ?? state;
      undo = '';
    } else if (act.next) {
      before.push(state);
      state = act.next;
      // who goes on after a pause came before it
      if (act.verb !== 'resume') pressed[state] = act.at;
      undo = act.from ? act.what : '';
    }
  }
  return { state, undo, pressed };
}

/** When each step was pressed, where the house does not know it yet; and how many photographs there are. */
function count(job, acts, pressed) {
  [...job.querySelectorAll('.steps li')].forEach((step, nth) => {
    const when = step.lastElementChild;
    when.dataset.server ??= when.textContent;
    const at = pressed[STEPS[nth]];
    when.textContent = at ? minute(at) : when.dataset.server;
  });
  const where = job.querySelector('[data-photos]');
  const of = (kind) => acts.filter((act) => act.no === job.dataset.no && act.kind === kind);
  const photos = Number(where.dataset.count) + of('photo').length - of('unphoto').length;
  for (const { picture } of of('unphoto')) job.querySelector(`[data-withdraw="${picture}"]`)?.closest('li').toggleAttribute('hidden', true);
  where.dataset.photos = photos;
  where.textContent = photos > 0 ? told('photoSaid').replace('{n}', photos) : '';
}

/** What is asked and noted, which changes nothing of the job. */
const SPOKEN = ['help', 'note'];

/** What was asked or noted, as the card shows it. */
function line({ what, at, details }, unsent) {
  const item = document.createElement('li');
  const part = (name, text, kind) => item.append(Object.assign(document.createElement(name), { textContent: text, className: kind }), ' ');
  part('b', what, '');
  part('span', details.reason, '');
  part('span', minute(at), 'num mute');
  if (unsent) part('span', told('unsent'), 'tag t2');
  item.toggleAttribute('data-unsent', unsent);
  return item;
}

/** What was asked and noted and is not told yet stands beside what the house has. */
function speak(job, acts) {
  for (const old of job.querySelectorAll('.spoken [data-unsent]')) old.remove();
  const own = acts.filter((act) => act.no === job.dataset.no && SPOKEN.includes(act.verb));
  job.querySelector('.spoken').append(...own.map((act) => line(act, true)));
}

const shots = new Map();
/** Photographs that are not told yet, to be seen and thrown away. */
function show(job, acts) {
  const own = acts.filter((act) => act.no === job.dataset.no && act.kind === 'photo');
  const list = job.querySelector('.shots');
  list.replaceChildren(...own.map((act) => {
    const item = shots.get(act.op_id) ?? document.createElement('li');
    if (!shots.has(act.op_id)) {
      shots.set(act.op_id, item);
      thumb(act.bytes ?? act.raw).then((picture) => item.prepend(picture), () => {});
      const button = Object.assign(document.createElement('button'), { type: 'button', className: 'btn sm', textContent: told('drop') });
      button.dataset.drop = act.id;
      item.append(button);
    }
    // the house may have it
    item.querySelector('button').hidden = Boolean(act.sent);
    return item;
  }));
  list.hidden = own.length === 0;
}

/** Shows every job as far as the telephone knows it. */
async function catchUp() {
  const acts = await waiting();
  for (const { kind, notice } of acts) if (kind === 'ack') document.getElementById(`ask-${notice}`)?.toggleAttribute('hidden', true);
  for (const job of document.querySelectorAll('.job')) {
    job.dataset.server ??= job.dataset.state;
    const { state, undo, pressed } = known(job, acts);
    if (state !== job.dataset.state) forward(job, state);
    takenBack(job);
    count(job, acts, pressed);
    speak(job, acts);
    show(job, acts);
    const offer = job.querySelector('.undo-own');
    const words = offer.querySelector('span');
    // what the server offers to take back stands again once nothing of one's own is left
    offer.dataset.own ??= offer.hidden ? '' : words.textContent;
    const said = undo === undefined ? offer.dataset.own : undo && told('undoOwn').replace('{what}', undo);
    offer.hidden = said === '';
    if (said) words.textContent = said;
  }
}

/** The server has taken an act: what it said of the job counts from now on. */
function heard(act, said) {
  heardSoFar += 1;
  const spoken = SPOKEN.includes(act.verb);
  // what leaves the page, or changes nothing on it, is said to have arrived
  if (said.applied && (spoken || act.verb === 'sign' || act.verb === 'decline')) {
    document.getElementById('sent').textContent = told('sent').replace('{no}', act.no).replace('{what}', act.what);
  }
  // a colleague has done it already: nothing was lost, and nothing is wrong
  if (said.already) document.getElementById('sent').textContent = said.said;
  const job = jobOf(act.no);
  if (!job) return;
  if (spoken && said.applied) job.querySelector('.spoken').append(line(act, false));
  if (act.kind === 'unphoto' && said.kept === false) job.querySelector('[data-photos]').dataset.count--;
  if (act.kind === 'photo' && said.kept) job.querySelector('[data-photos]').dataset.count++;
  if (act.kind || !said.state) return;
  job.dataset.server = said.state;
  if (!act.next && act.verb !== 'undo') return;
  const step = job.querySelectorAll('.steps li')[STEPS.indexOf(act.next)];
  if (step && said.applied && act.verb !== 'resume') step.lastElementChild.dataset.server = minute(act.at);
  const back = Boolean(act.from && said.applied);
  if (back) job.dataset.undoTo = act.from;
  else delete job.dataset.undoTo;
  job.querySelector('.undo-own').dataset.own = back ? told('undoOwn').replace('{what}', act.what) : '';
}

async function tell(act) {
  const json = { 'content-type': 'application/json', accept: 'application/json' };
  if (act.kind === 'ack') return fetch(`/notices/${act.notice}/receipt`, { method: 'POST', body: '{}', headers: json });
  if (act.kind === 'unphoto') return fetch(`/work-orders/${act.no}/pictures/${act.picture}`, { method: 'DELETE', headers: json });
  if (act.bytes) {
    const of = act.act ? `&act=${act.act}` : '';
    const by = act.who ? `&by=${act.who}` : '';
    return fetch(`/work-orders/${act.no}/pictures?kind=${act.kind}&op_id=${act.op_id}${of}${by}`, {
      method: 'POST', body: act.bytes, headers: { 'content-type': act.bytes.type, accept: 'application/json' },
    });
  }
  const { op_id, no, verb, at, details, who: by } = act;
  return fetch('/my/jobs/acts', {
    method: 'POST', body: JSON.stringify({ op_id, no, verb, at, details, by }),
    headers: json,
  });
}

let heardSoFar = 0;
let telling = false;
let more = false;
/** There may have been news that this page did not hear. */
let missed = false;
/** One tab tells at a time. Where a browser has no locks two may tell the same at once: the house takes it once. */
async function alone(act) {
  if (!navigator.locks) return act();
  // a tab that the telephone has put to sleep holds nobody up for ever
  const signal = AbortSignal.timeout?.(SLEEPS);
  try {
    return await navigator.locks.request('jobs', { signal }, act);
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return act();
    throw error;
  }
}

/** The house failed on an act: how often, and since when. */
async function failed(act) {
  const { tries = 0, since = Date.now() } = act.failing ?? {};
  await put({ ...act, failing: { tries: tries + 1, since } });
  await drawKept();
}

/** Tells what waits, in order; whether anything was taken. What the house fails on holds up its own job alone. */
async function tellAll() {
  const held = new Set();
  let moved = false;
  for (const one of await waiting()) {
    if (held.has(one.no)) continue;
    const act = await fitting(one);
    if (!act) continue;
    // from here on the house may have heard of it
    if ((act.next || act.kind === 'photo') && navigator.onLine && !act.sent) {
      act.sent = true;
      if (!await put(act).catch(() => true)) continue;
    }
    const answer = await tell(act);
    out = answer.status === 401 || answer.redirected;
    if (out || answer.status === 429) break;
    if (answer.status >= 500) {
      held.add(act.no);
      await failed(act);
      continue;
    }
    const said = await answer.json().catch(() => null);
    // whoever answered is not the house
    if (!said) throw new TypeError('no answer');
    // before it is forgotten: whoever looks meanwhile sees the one or the other
    heard(act, said);
    tabs?.postMessage({ who, act: { ...act, bytes: undefined }, said });
    if (!answer.ok || (said.applied === false && !said.already)) await refuse(act, said.said ?? said.detail ?? told('refused'));
    else await done(act.id);
    if (isStuck(act)) await drawKept();
    moved = true;
  }
  return moved;
}

/** Tells what waits, if nothing else of this page does; stops where the network does. */
async function flush() {
  if (telling) {
    more = true;
    return;
  }
  telling = true;
  more = false;
  try {
    const moved = await alone(tellAll);
    await draw(false);
    // what the house made of it shows at once, also where the page is not drawn anew because somebody is typing
    if (moved) await catchUp();
    if (moved) missed = true;
    // what could not be drawn now is still owed
    if (missed && (await waiting()).length === 0) missed = !(await renew());
  } catch {
    await draw(true);
  } finally {
    telling = false;
    if (more) flush();
  }
}

/** Somebody is typing, drawing or pressing: nothing under their fingers is drawn anew. */
const busy = () => writing || document.querySelector('form[data-pressed]') !== null || Boolean(document.activeElement?.matches('textarea, input.in'));

/** What waits for the reader's answer, above the page; drawn anew only where it is something else, for it is read out. */
function above(fresh) {
  const [now, then] = [document, fresh].map((page) => page.getElementById('banners'));
  const says = (part) => [part.textContent, ...[...part.querySelectorAll('[id]')].map((one) => one.id)].join(' ').replace(/\s+/g, ' ');
  if (says(now) !== says(then)) now.replaceChildren(...document.importNode(then, true).childNodes);
}

/** Somebody is writing for a step that was done, or a job that was taken away, by somebody else meanwhile. */
function isOvertaken(fresh) {
  const form = document.activeElement?.closest('.job [data-job-act]');
  if (!form || writing || document.querySelector('form[data-pressed]')) return false;
  const { id, dataset: { server, state } } = form.closest('.job');
  if (server !== state) return false;
  const now = fresh.getElementById(id)?.dataset.state;
  return now !== server && !form.closest('.step').classList.contains(`step-${now}`);
}

/** Whose step was pressed last, and until when its card stays under the hand where the jobs come in another order. */
let held = { no: '', until: 0 };
const HELD_MS = 10_000;
const heldTop = () => (performance.now() < held.until ? jobOf(held.no)?.getBoundingClientRect().top : undefined);

/** The page as the server draws it now, and whether it could be drawn; what was written, ticked and drawn stays. */
async function renew() {
  const before = heardSoFar;
  // the service worker keeps what comes, for a reload without a network
  const answer = await fetch('/my/jobs', { headers: { accept: 'text/html', 'x-anew': '1' } });
  if (!answer.ok || answer.redirected) return false;
  const text = await answer.text();
  // the house drew it before it had heard what it was told meanwhile
  if (heardSoFar !== before) return renew();
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  // somebody else has signed in beside this page
  if (fresh.body.dataset.who !== who) {
    if (!busy()) location.reload();
    return false;
  }
  above(fresh);
  if (busy() && !isOvertaken(fresh)) return false;
  const jobs = document.importNode(fresh.getElementById('jobs'), true);
  for (const job of document.querySelectorAll('.job')) {
    save(job);
    const open = [...job.querySelectorAll('details[open] > summary')].map((summary) => summary.textContent);
    const anew = jobs.querySelector(`[id="${job.id}"]`);
    for (const summary of anew?.querySelectorAll('summary') ?? []) if (open.includes(summary.textContent)) summary.parentElement.open = true;
  }
  const [again, top] = [marked(), heldTop()];
  document.getElementById('jobs').replaceWith(jobs);
  document.getElementById('jobs-count').textContent = fresh.getElementById('jobs-count').textContent;
  pads(drawn);
  restore();
  tick();
  await catchUp();
  again();
  await showLeft();
  await showOvertaken();
  if (top !== undefined) scrollBy(0, (heldTop() ?? top) - top);
  return true;
}

/** What was written and can be sent no more is kept to be read off; what is shown already, with an act that was refused, is not twice. */
async function keepWords(no, details, why) {
  const shown = (await all()).filter((act) => act.refused && act.no === no).flatMap(words);
  if (words({ details }).every((text) => shown.includes(text))) return;
  await keep({ op_id: number(), no, what: '', details, refused: why });
  await drawKept();
}

/** What was written for a job that somebody else has now is shown: it stands in no form any more. */
async function showLeft() {
  for (const { no, details } of left()) {
    await keepWords(no, details, told('left'));
    forget(no);
  }
}

/** So is what was written of the work where a colleague has finished it. */
async function showOvertaken() {
  for (const job of document.querySelectorAll('.job[data-state="done"][data-server="done"]')) {
    const form = job.querySelector('[data-job-act="finish"]');
    const details = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));
    if (Object.keys(details).length === 0) continue;
    await keepWords(job.dataset.no, details, told('overtaken'));
    form.reset();
    save(job);
  }
}

/** What runs out, carried on: minutes and seconds to say yes, hours and minutes of a clock. */
function tick() {
  if (document.body.dataset.clock === 'manual') return;
  for (const one of document.querySelectorAll('[data-until]')) {
    const { until, left, over, unit } = one.dataset;
    const still = Math.trunc((Number(until) - clock()) / Number(unit));
    const whole = over ? Math.abs(still) : Math.max(0, still);
    one.textContent = (over && still < 0 ? over : left).replace('{t}', `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`);
  }
}

const shrinking = new Map();
/** A photograph as it can be sent. It was kept as it was taken, so that none is lost while it is made smaller; what is none is told. */
function fitting(act) {
  const { raw, ...rest } = act;
  if (!raw) return act;
  if (!shrinking.has(act.id)) {
    const fit = async (bytes) => {
      // a telephone without room sends what it has; another tab may have sent it
      const there = await put({ ...rest, bytes }).catch(() => true);
      return there ? { ...rest, bytes } : undefined;
    };
    const none = async () => {
      const why = told(await isForeign(raw).catch(() => false) ? 'foreignPicture' : 'noPicture');
      if (jobOf(act.no)) {
        await done(act.id);
        // the page may have been drawn anew meanwhile
        const photo = jobOf(act.no)?.querySelector('[data-photo]');
        if (photo) wrong(photo, why);
      } else await refuse(rest, why);
      await catchUp();
      await draw(!navigator.onLine);
    };
    shrinking.set(act.id, shrunk(raw).then(fit, none).finally(() => shrinking.delete(act.id)));
  }
  return shrinking.get(act.id);
}

const drawn = (pad) => {
  right(pad);
  save(pad.closest('.job'));
};

/** What is missing or cannot be read: where, and what to say; undefined where nothing is. */
function missing(form, job) {
  const { fee, customer, unsigned_why: why } = form.elements;
  if (fee?.value.trim() && !FEE.test(fee.value.trim())) return [fee, told('feeWrong')];
  if (form.dataset.jobAct !== 'sign') return undefined;
  if (why.value.trim()) {
    return Number(job.querySelector('[data-photos]').dataset.photos) > 0 ? undefined : [job.querySelector('[data-photo]'), told('noPhoto')];
  }
  if (!customer.value.trim()) return [customer, told('noName')];
  const pad = form.querySelector('[data-signature]');
  return inked(pad) < SIGNATURE ? [pad, told('noSignature')] : undefined;
}

document.addEventListener('submit', async (event) => {
  const form = event.target.closest('form[data-job-act]');
  if (!form) return;
  event.preventDefault();
  // a trembling hand presses twice
  if (form.dataset.pressed !== undefined) return;
  const job = form.closest('.job');
  for (const field of job.querySelectorAll('[aria-invalid]')) right(field);
  const lacks = missing(form, job);
  if (lacks) {
    wrong(...lacks);
    return;
  }
  form.dataset.pressed = '';
  const { no } = job.dataset;
  const [op_id, verb, next] = [number(), form.dataset.jobAct, form.dataset.next];
  const details = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
  // where nobody signs nobody is named as who did
  if (details.unsigned_why) delete details.customer;
  for (const [name, on] of [['ticked', true], ['unticked', false]]) {
    const tasks = moved(job).filter(([, checked]) => checked === on);
    if (tasks.length > 0) details[name] = tasks.map(([task]) => task).join('\n');
  }
  if (details.satisfaction) details.satisfaction = Number(details.satisfaction);
  // what somebody else hears or signs is not taken back
  const from = ['accept', 'decline', 'sign'].includes(verb) ? undefined : job.dataset.state;
  const button = form.querySelector(SENDS);
  const opened = form.closest('details');
  const what = (opened?.querySelector('summary') ?? button).textContent.trim();
  const acts = [{ op_id, no, verb, at: new Date().toISOString(), details, next, from, what }];
  try {
    const pad = form.querySelector('[data-signature]');
    // a signature belongs to this act and to no other
    if (pad && inked(pad) >= SIGNATURE) acts.unshift({ op_id: number(), no, kind: 'signature', act: op_id, bytes: await png(pad) });
    await keep(...acts);
    held = { no, until: performance.now() + HELD_MS };
    // only now is nothing lost any more
    form.reset();
    if (pad) drawPad(pad);
    if (verb === 'sign') forget(no);
    else save(job);
    if (verb === 'finish') keepTold(acts[0]);
    right(button);
    document.getElementById('sent').textContent = '';
    if (opened) {
      // what was sent stands on the card
      opened.open = false;
      opened.querySelector('summary').focus({ preventScroll: true });
    }
  } catch {
    wrong(button, told('full'));
    return;
  } finally {
    delete form.dataset.pressed;
  }
  await catchUp();
  await draw(!navigator.onLine);
  flush();
});

/** That something was seen is told as soon as there is a network, too. */
document.addEventListener('submit', async (event) => {
  const form = event.target.closest('#banners form');
  if (!form) return;
  event.preventDefault();
  const notice = form.id.replace('ack-', '');
  const act = { op_id: number(), no: '', kind: 'ack', notice, at: new Date().toISOString(), what: form.querySelector('button').firstChild.textContent };
  try {
    await keep(act);
  } catch {
    wrong(form.querySelector('button'), told('full'));
    return;
  }
  await catchUp();
  await draw(!navigator.onLine);
  flush();
});

document.addEventListener('input', (event) => {
  const job = event.target.closest('.job');
  if (!job) return;
  right(event.target);
  save(job);
});

/** Enter in a line goes on to the next field and after the last to the button: what is half written is not sent. */
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229 || !event.target.matches('.job form input')) return;
  event.preventDefault();
  const { form } = event.target;
  const isNext = (field) => event.target.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING;
  const isSeen = (field) => !field.closest('details:not([open])');
  ([...form.querySelectorAll('.in')].find((field) => isNext(field) && isSeen(field)) ?? form.querySelector(SENDS)).focus();
});

/** Takes back the last step: one that was not told yet is not told at all, another is told as taken back. */
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-undo-own]');
  // a trembling hand presses twice and means one step
  if (!button || button.dataset.pressed !== undefined) return;
  button.dataset.pressed = '';
  right(button);
  const job = button.closest('.job');
  const { no } = job.dataset;
  try {
    const last = await unsaid(no);
    if (last) putBack(job, last);
    else await keep({ op_id: number(), no, verb: 'undo', at: new Date().toISOString(), details: {}, what: button.textContent.trim() });
    button.parentElement.hidden = true;
  } catch {
    wrong(button, told('full'));
    return;
  } finally {
    delete button.dataset.pressed;
  }
  await catchUp();
  await draw(!navigator.onLine);
  flush();
});

/** Throws a photograph away that the house cannot have heard of; one that it has is told as taken back. */
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-drop], [data-withdraw]');
  if (!button) return;
  const { drop, withdraw: picture } = button.dataset;
  const id = Number(drop);
  if (picture) {
    button.disabled = true;
    const act = { op_id: number(), no: button.closest('.job').dataset.no, kind: 'unphoto', picture, at: new Date().toISOString(), what: told('dropped') };
    try {
      await keep(act);
    } catch {
      wrong(button, told('full'));
    }
  } else await store('readwrite', (acts) => {
    const asked = acts.get(id);
    asked.onsuccess = () => { if (asked.result && !asked.result.sent) acts.delete(id); };
    return asked;
  });
  await catchUp();
  await draw(!navigator.onLine);
  flush();
});

/** Pages that the service worker keeps. */
const KEPT_PAGES = ['/my/jobs', '/my/floor'];
/** Without a network a link leads to the browser's page of errors: it is said instead, at its place. */
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  if (!link || navigator.onLine || event.defaultPrevented || !link.protocol.startsWith('http')) return;
  if (link.hash || (link.origin === location.origin && KEPT_PAGES.includes(link.pathname))) return;
  event.preventDefault();
  const place = link.closest('.facts-list > li');
  if (place) {
    place.querySelector(':scope > .wrong')?.remove();
    const line = Object.assign(document.createElement('p'), { className: 'wrong', textContent: told('noDial') });
    line.setAttribute('role', 'alert');
    place.append(line);
    return;
  }
  // where it stands that there is none, always in sight
  net.hidden = false;
  net.querySelector('span').textContent = told('needsNet');
});
addEventListener('online', () => {
  for (const line of document.querySelectorAll('.facts-list .wrong')) line.remove();
});

/** What opens for a word or two has the caret, and is not beneath the tabs. */
document.addEventListener('click', (event) => {
  const opens = event.target.closest?.('.thumbs summary')?.parentElement;
  if (!opens || opens.open) return;
  requestAnimationFrame(() => {
    opens.querySelector('.in')?.focus({ preventScroll: true });
    opens.scrollIntoView({ block: 'center' });
  });
});

/** What was not drawn because somebody was writing is drawn once they have stopped; not while they reach for a button. */
document.addEventListener('focusout', () => {
  if (missed) setTimeout(() => { if (!busy()) flush(); }, 1500);
});

document.addEventListener('change', async (event) => {
  const input = event.target.closest('[data-photo]');
  if (!input?.files?.length) return;
  const { no } = input.closest('.job').dataset;
  const act = { op_id: number(), no, kind: 'photo', raw: input.files[0] };
  right(input);
  try {
    [act.id] = await keep(act);
  } catch {
    wrong(input, told('full'));
    return;
  }
  input.value = '';
  await catchUp();
  await draw(!navigator.onLine);
  if (await fitting(act)) flush();
});

/** Says that the telephone is there; the desk shows when it is not. */
async function beat() {
  try {
    const answer = await fetch('/my/heartbeat', { method: 'POST', headers: { accept: 'application/json' } });
    out = answer.status === 401 || answer.redirected;
    if (out) await draw(false);
    else if (answer.ok) {
      listen();
      await flush();
    }
  } catch {
    missed = true;
    await draw(true);
  }
}

let stream;
/** News of orders bring the page up to date, from when there is a network on. */
function listen() {
  if (!navigator.onLine || (stream && stream.readyState !== EventSource.CLOSED)) return;
  // one that the house had closed may have kept something from us
  missed ||= stream !== undefined;
  stream = new EventSource('/live');
  const news = () => renew().catch(() => false).then((drawn) => { missed ||= !drawn; });
  stream.addEventListener('work_order', news);
  stream.addEventListener('notice', news);
  // the house does not know any more what this page has heard
  stream.addEventListener('reset', news);
}

// what another tab did or heard is so here too
tabs?.addEventListener('message', ({ data }) => {
  // somebody has signed in beside a page that was signed out
  if (data.on) {
    if (out && data.on === who) beat();
    return;
  }
  if (data.act && data.who === who) heard(data.act, data.said);
  catchUp().then(() => draw(!navigator.onLine)).then(drawKept).catch(() => {});
});
if ('serviceWorker' in navigator) navigator.serviceWorker.register('/sw.js');
addEventListener('online', () => {
  missed = true;
  listen();
  flush();
});
addEventListener('offline', () => draw(true));
document.addEventListener('visibilitychange', () => { if (!document.hidden) beat(); });
setInterval(beat, 30_000);

listen();
pads(drawn);
tidy();
restore();
missed ||= left().length > 0;
setInterval(tick, 1000);
drawKept();
tabs?.postMessage({ on: who });
catchUp().then(() => draw(!navigator.onLine)).then(beat);
