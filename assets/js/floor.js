// The greeter's taps. Without a network a tap waits in the telephone and is sent once the network is
// back, with the time it was made and in the order they were made; the page says how many wait, and
// on each room that its tap has not gone out. Answers to what is called out wait in the same queue.

import { now } from './clock.js';
import { afterRefresh, refresh } from './live.js';

const STORE = 'floor-taps';
/** A tap the server fails on is given up after so many tries: it must not hold the others up. */
const TRIES = 5;
const told = document.getElementById('floor-told')?.dataset ?? {};
const unsent = document.getElementById('unsent');
const read = () => { try { return JSON.parse(localStorage.getItem(STORE) ?? '[]'); } catch { return []; } };
const write = (taps) => { localStorage.setItem(STORE, JSON.stringify(taps)); tally(); };
/** A telephone goes from hand to hand: what one person tapped is never sent as another's. */
const mine = () => read().filter((tap) => tap.me === told.me);

const place = (address) => [...document.querySelectorAll('form[data-floor]')]
  .find((form) => form.getAttribute('action') === address)?.closest('[data-room], [data-call]')
  ?? document.querySelector(`[data-room="${CSS.escape(address.match(/^\/my\/floor\/(\d+)\//)?.[1] ?? '')}"]`);

function said(address, text) {
  const where = place(address)?.querySelector('[data-said]:not(form [data-said])');
  if (where) where.textContent = text;
}

function tally() {
  const waits = mine();
  document.documentElement.dataset.unsent = String(waits.length);
  if (unsent) {
    unsent.hidden = waits.length === 0;
    unsent.textContent = (unsent.dataset.text ?? '').replace('{n}', String(waits.length));
  }
  for (const tap of waits) said(tap.address, told.waits ?? '');
}

/** Sends a tap: `done`, `wait` without a network or a session, `failed` where the server fell over. */
async function send(tap) {
  let answer;
  try {
    answer = await fetch(tap.address, { method: 'POST', body: JSON.stringify(tap.fields), headers: { accept: 'application/json', 'content-type': 'application/json', 'idempotency-key': tap.key } });
  } catch {
    return 'wait';
  }
  if (answer.status === 401) {
    said(tap.address, told.signIn ?? '');
    return 'wait';
  }
  if (answer.status === 429) return 'wait';
  if (answer.status >= 500) return 'failed';
  const record = await answer.json().catch(() => ({}));
  said(tap.address, answer.ok ? '' : [record.detail ?? record.title ?? '', ...Object.values(record.fields ?? {})].join(' '));
  return 'done';
}

let sending = false;

/** In the order they were made. */
async function flush() {
  if (sending) return;
  sending = true;
  let went = false;
  try {
    for (let taps = mine(); taps.length > 0; taps = mine()) {
      const [tap] = taps;
      const how = await send(tap);
      if (how === 'wait') break;
      if (how === 'failed' && (tap.tries ?? 0) + 1 < TRIES) {
        write(read().map((one) => (one.key === tap.key ? { ...one, tries: (one.tries ?? 0) + 1 } : one)));
        break;
      }
      write(read().filter((one) => one.key !== tap.key));
      if (how === 'failed') said(tap.address, told.failed ?? '');
      went = true;
    }
  } finally {
    sending = false;
  }
  if (went) refresh();
}

document.addEventListener('submit', (event) => {
  const form = event.target.closest('form[data-floor]');
  if (!form) return;
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(form));
  fields.at = Math.round(now());
  const key = [...crypto.getRandomValues(new Uint32Array(4))].join('-');
  write([...read(), { address: form.getAttribute('action'), fields, key, me: told.me }]);
  form.reset();
  flush();
});

/** What stands in large on this page need not stand above it as well. */
function once() {
  for (const call of document.querySelectorAll('[data-call]')) {
    const above = document.getElementById(`ask-${call.dataset.call}`);
    if (above) above.hidden = true;
  }
}

/** What is called out anew is felt in the pocket. */
let heard = new Set([...document.querySelectorAll('[data-call]')].map((call) => call.dataset.call));
function feel() {
  const calls = [...document.querySelectorAll('[data-call]')].map((call) => call.dataset.call);
  if (calls.some((call) => !heard.has(call))) navigator.vibrate?.([200, 100, 200]);
  heard = new Set(calls);
}

addEventListener('online', flush);
setInterval(() => { if (mine().length > 0) flush(); }, 5_000);
afterRefresh(() => { once(); feel(); tally(); });
once();
tally();
if (mine().length > 0) flush();
if ('serviceWorker' in navigator) navigator.serviceWorker.register('/sw.js').catch(() => {});
