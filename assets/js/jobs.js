// The engineer's telephone. What is done is kept in the telephone first, with the time it was done, and told to
// the house as soon as there is a network: each act once (op_id), in order. The service worker keeps the page.

import { told } from './page.js';

const STORE = 'acts';
const number = () => [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(16).padStart(8, '0')).join('');

const opened = new Promise((resolve, reject) => {
  const open = indexedDB.open('jobs', 1);
  open.onupgradeneeded = () => open.result.createObjectStore(STORE, { keyPath: 'id', autoIncrement: true });
  open.onsuccess = () => resolve(open.result);
  open.onerror = () => reject(open.error);
});

async function store(mode, ask) {
  const base = await opened;
  return new Promise((resolve, reject) => {
    const tx = base.transaction(STORE, mode);
    const asked = ask(tx.objectStore(STORE));
    tx.oncomplete = () => resolve(asked?.result);
    tx.onerror = () => reject(tx.error);
  });
}
const keep = (act) => store('readwrite', (acts) => acts.add(act));
const waiting = () => store('readonly', (acts) => acts.getAll());
const done = (id) => store('readwrite', (acts) => acts.delete(id));

const net = document.getElementById('net');
const kept = document.getElementById('kept');

async function draw(offline) {
  const count = (await waiting()).length;
  document.documentElement.dataset.queued = count;
  net.hidden = !offline && count === 0;
  const queued = count > 0 ? told('queued').replace('{n}', count) : '';
  net.querySelector('span').textContent = [offline ? told('offline') : '', queued].filter(Boolean).join('·');
}

/** The row of steps, in order. */
const STEPS = ['issued', 'acked', 'en_route', 'on_site', 'done'];

/** Shows what the server will say once it hears of it: the job's next step. */
function forward(job, next) {
  if (!next) return;
  job.dataset.state = next;
  const at = STEPS.indexOf(next === 'paused' ? 'on_site' : next);
  [...job.querySelectorAll('.steps li')].forEach((step, nth) => {
    step.className = nth < at || at < 0 ? 'past' : nth === at ? 'now' : '';
    if (nth === at) job.querySelector('[data-state-name]').textContent = step.firstElementChild.textContent;
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
  let [state, undo] = [server, undefined];
  for (const act of acts) {
    if (act.no !== job.dataset.no) continue;
    if (act.verb === 'undo') {
      state = before.pop() ?? state;
      undo = '';
    } else if (act.next) {
      before.push(state);
      state = act.next;
      undo = act.from ? act.what : '';
    }
  }
  return { state, undo };
}

/** Shows every job as far as the telephone knows it. */
async function catchUp() {
  const acts = await waiting();
  for (const job of document.querySelectorAll('.job')) {
    job.dataset.server ??= job.dataset.state;
    const { state, undo } = known(job, acts);
    if (state !== job.dataset.state) forward(job, state);
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
  const job = document.getElementById(`job-${act.no}`);
  if (!job || act.kind || !said.state) return;
  job.dataset.server = said.state;
  if (!act.next && act.verb !== 'undo') return;
  const back = Boolean(act.from && said.applied);
  if (back) job.dataset.undoTo = act.from;
  else delete job.dataset.undoTo;
  job.querySelector('.undo-own').dataset.own = back ? told('undoOwn').replace('{what}', act.what) : '';
}

async function tell(act) {
  if (act.bytes) {
    return fetch(`/work-orders/${act.no}/pictures?kind=${act.kind}&op_id=${act.op_id}`, {
      method: 'POST', body: act.bytes, headers: { 'content-type': act.bytes.type, accept: 'application/json' },
    });
  }
  const { op_id, no, verb, at, details } = act;
  return fetch('/my/jobs/acts', {
    method: 'POST', body: JSON.stringify({ op_id, no, verb, at, details }),
    headers: { 'content-type': 'application/json', accept: 'application/json' },
  });
}

let heardSoFar = 0;
let telling = false;
let more = false;
/** There may have been news that this page did not hear. */
let missed = false;
/** Tells what waits, in order; stops where the network does. */
async function flush() {
  if (telling) {
    more = true;
    return;
  }
  telling = true;
  more = false;
  let moved = false;
  try {
    for (const act of await waiting()) {
      const answer = await tell(act);
      if (answer.status >= 500 || answer.status === 429 || answer.status === 401) break;
      const said = await answer.json().catch(() => ({}));
      if (!answer.ok || said.applied === false) {
        kept.hidden = false;
        kept.textContent = [kept.textContent, said.said ?? said.detail ?? told('refused')].filter(Boolean).join('\n');
      }
      // before it is forgotten: whoever looks meanwhile sees the one or the other
      heard(act, said);
      heardSoFar += 1;
      await done(act.id);
      moved = true;
    }
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

/** The page as the server draws it now, and whether it could be drawn; what is being typed stays. */
async function renew() {
  const before = heardSoFar;
  // the service worker keeps what comes, for a reload without a network
  const answer = await fetch('/my/jobs', { headers: { accept: 'text/html', 'x-anew': '1' } });
  const busy = document.activeElement?.matches('input, textarea') || [...document.querySelectorAll('textarea, .job input.in')].some((field) => field.value !== field.defaultValue);
  if (busy || !answer.ok || answer.redirected) return false;
  const text = await answer.text();
  // the house drew it before it had heard what it was told meanwhile
  if (heardSoFar !== before) return renew();
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  document.getElementById('jobs').replaceWith(document.importNode(fresh.getElementById('jobs'), true));
  document.getElementById('jobs-count').textContent = fresh.getElementById('jobs-count').textContent;
  pads();
  await catchUp();
  return true;
}

/** A photograph of at most 1600 points and 240 kB: what fits through a bad line. */
async function shrunk(file) {
  const picture = await createImageBitmap(file);
  let side = Math.min(1600, Math.max(picture.width, picture.height));
  for (let quality = 0.8; ; quality -= 0.15) {
    const scale = side / Math.max(picture.width, picture.height);
    const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    const bytes = await canvas.convertToBlob({ type: 'image/jpeg', quality });
    if (bytes.size <= 240 * 1024 || side < 400) return bytes;
    if (quality < 0.4) { side *= 0.7; quality = 0.8; }
  }
}

/** Lets a finger write on every canvas. */
function pads() {
  for (const pad of document.querySelectorAll('[data-signature]')) {
    if (pad.dataset.ready) continue;
    pad.dataset.ready = '';
    const pen = pad.getContext('2d');
    pen.lineWidth = 4;
    pen.lineCap = 'round';
    pen.strokeStyle = '#101820';
    const at = (event) => [event.offsetX * pad.width / pad.clientWidth, event.offsetY * pad.height / pad.clientHeight];
    pad.addEventListener('pointerdown', (event) => { pad.setPointerCapture(event.pointerId); pen.beginPath(); pen.moveTo(...at(event)); pad.dataset.drawn = ''; });
    pad.addEventListener('pointermove', (event) => { if (event.buttons) { pen.lineTo(...at(event)); pen.stroke(); } });
    pad.closest('form').querySelector('[data-clear]').addEventListener('click', () => { pen.clearRect(0, 0, pad.width, pad.height); delete pad.dataset.drawn; });
  }
}

const png = (pad) => new Promise((resolve) => { pad.toBlob(resolve, 'image/png'); });

document.addEventListener('submit', async (event) => {
  const form = event.target.closest('form[data-job-act]');
  if (!form) return;
  event.preventDefault();
  const job = form.closest('.job');
  const { no } = job.dataset;
  const details = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
  if (details.satisfaction) details.satisfaction = Number(details.satisfaction);
  const pad = form.querySelector('[data-signature]');
  if (pad && pad.dataset.drawn !== undefined) {
    await keep({ op_id: number(), no, kind: 'signature', bytes: await png(pad) });
  }
  const next = form.dataset.next;
  // what somebody else hears or signs is not taken back
  const from = ['accept', 'decline', 'sign'].includes(form.dataset.jobAct) ? undefined : job.dataset.state;
  const what = form.querySelector('button.btn:last-of-type').textContent.trim();
  await keep({ op_id: number(), no, verb: form.dataset.jobAct, at: new Date().toISOString(), details, next, from, what });
  await catchUp();
  form.reset();
  await draw(!navigator.onLine);
  flush();
});

/** Takes back the last step: one that was not told yet is not told at all, another is told as taken back. */
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-undo-own]');
  if (!button) return;
  const job = button.closest('.job');
  const { no } = job.dataset;
  const last = (await waiting()).findLast((act) => act.no === no && act.next);
  if (last?.from && !telling) await done(last.id);
  else await keep({ op_id: number(), no, verb: 'undo', at: new Date().toISOString(), details: {} });
  button.parentElement.hidden = true;
  await catchUp();
  await draw(!navigator.onLine);
  flush();
});

document.addEventListener('change', async (event) => {
  const input = event.target.closest('[data-photo]');
  if (!input?.files?.length) return;
  const job = input.closest('.job');
  const bytes = await shrunk(input.files[0]);
  await keep({ op_id: number(), no: job.dataset.no, kind: 'photo', bytes });
  const where = job.querySelector('[data-photos]');
  const count = Number(where.dataset.count ?? where.textContent.match(/\d+/)?.[0] ?? 0) + 1;
  where.dataset.count = count;
  where.textContent = told('photoSaid').replace('{n}', count);
  input.value = '';
  flush();
});

/** Says that the telephone is there; the desk shows when it is not. */
async function beat() {
  try {
    const answer = await fetch('/my/heartbeat', { method: 'POST', headers: { accept: 'application/json' } });
    if (answer.ok) {
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
  // the house does not know any more what this page has heard
  stream.addEventListener('reset', news);
}

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
pads();
catchUp().then(() => draw(!navigator.onLine)).then(beat);
