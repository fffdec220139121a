// The greeter's taps. Without a network a tap waits in the telephone and is sent once the network is
// back, with the time it was made; the page says how many wait.

import { now } from './clock.js';
import { refresh } from './live.js';

const STORE = 'floor-taps';
const unsent = document.getElementById('unsent');
const read = () => { try { return JSON.parse(localStorage.getItem(STORE) ?? '[]'); } catch { return []; } };
const write = (taps) => { localStorage.setItem(STORE, JSON.stringify(taps)); tally(); };

function tally() {
  if (!unsent) return;
  const many = read().length;
  unsent.hidden = many === 0;
  unsent.textContent = (unsent.dataset.text ?? '').replace('{n}', String(many));
}

function said(address, text) {
  const form = document.querySelector(`form[action="${CSS.escape(address)}"]`);
  const place = form?.closest('[data-room]')?.querySelector('[data-said]');
  if (place) place.textContent = text;
}

/** Sends a tap; false when there is no network and it must wait. */
async function send(tap) {
  let answer;
  try {
    answer = await fetch(tap.address, { method: 'POST', body: JSON.stringify(tap.fields), headers: { accept: 'application/json', 'content-type': 'application/json', 'idempotency-key': tap.key } });
  } catch {
    return false;
  }
  if (answer.status >= 500) return false;
  const record = await answer.json().catch(() => ({}));
  if (!answer.ok) said(tap.address, [record.detail ?? record.title ?? '', ...Object.values(record.fields ?? {})].join(' '));
  return true;
}

let sending = false;

/** In the order they were made. */
async function flush() {
  if (sending) return;
  sending = true;
  try {
    for (let taps = read(); taps.length > 0; taps = read()) {
      if (!(await send(taps[0]))) break;
      write(read().slice(1));
    }
  } finally {
    sending = false;
  }
  refresh();
}

document.addEventListener('submit', (event) => {
  const form = event.target.closest('form[data-floor]');
  if (!form) return;
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(form));
  fields.at = Math.round(now());
  const key = [...crypto.getRandomValues(new Uint32Array(4))].join('-');
  write([...read(), { address: form.getAttribute('action'), fields, key }]);
  form.reset();
  flush();
});

addEventListener('online', flush);
setInterval(() => { if (read().length > 0) flush(); }, 5_000);
tally();
if (read().length > 0) flush();
