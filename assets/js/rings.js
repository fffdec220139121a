// The ring mark and the seconds of every waiting call, carried on between two events. The server
// owns the count: its colours, its words and its alarms come with events only.

import { now } from './clock.js';
import { inHand, refresh } from './live.js';
import { told } from './page.js';

const tenths = (ms) => (Math.max(0, ms) / 1000).toFixed(1);
const put = (el, text) => { if (el && el.textContent !== text) el.textContent = text; };

/** The length of one lit arc, of `whole` degrees, while ring `ring` is `part` (0 to 1) done. */
export const arc = (k, ring, part, whole) => Math.round(whole * (ring > k + 1 ? 1 : ring === k + 1 ? part : 0));

/** How long a call has waited: which ring it is in and how far, in the hotline's own rhythm. */
export function count(waited, cycle) {
  const rings = Math.floor(Math.max(0, waited) / cycle);
  return { ring: rings + 1, part: Math.max(0, waited) / cycle - rings };
}

/** Draws one waiting call as of `at`. */
export function draw(card, at) {
  const { since, cycleMs, targetMs, left, over } = card.dataset;
  const waited = at - Number(since);
  const { ring, part } = count(waited, Number(cycleMs));
  put(card.querySelector('[data-ring]'), String(ring));
  put(card.querySelector('[data-seconds]'), tenths(waited));
  const late = waited - Number(targetMs);
  put(card.querySelector('[data-due]'), (late < 0 ? left : over).replace('{s}', tenths(Math.abs(late))));
  card.querySelectorAll('circle.on').forEach((circle, k) => {
    const whole = Number(circle.dataset.whole);
    const lit = arc(k, ring, part, whole);
    circle.setAttribute('stroke-dasharray', `${lit} ${360 - lit}`);
  });
}

function age(el, at) {
  const seconds = Math.max(0, Math.floor((at - Number(el.dataset.age)) / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n) => String(n).padStart(2, '0');
  put(el, h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`);
}

/**
 * The minutes until something is due, or since. That its time has come is the server's word, so the
 * page is asked for once.
 */
function due(el, at) {
  const { dueAt, left, over } = el.dataset;
  const minutes = (at - Number(dueAt)) / 60_000;
  if (Math.abs(minutes) < 60) put(el, (minutes < 0 ? left : over).replace('{n}', String(Math.floor(Math.abs(minutes)))));
  if (minutes >= 0 && !el.classList.contains('t4') && el.dataset.asked !== dueAt) {
    el.dataset.asked = dueAt;
    refresh();
  }
}

const clocks = new Map();

function clockFace(at) {
  const zone = told('zone');
  if (!clocks.has(zone)) clocks.set(zone, new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: zone }));
  put(document.getElementById('clock'), clocks.get(zone).format(at));
}

/** Draws every waiting call and every running time on the page as of now. */
export function drawAll() {
  // what is carried about follows the hand first; it is let go again in a moment
  if (inHand()) return;
  const at = now();
  for (const card of document.querySelectorAll('[data-waiting-call]')) draw(card, at);
  for (const el of document.querySelectorAll('[data-age]')) age(el, at);
  for (const el of document.querySelectorAll('[data-due-at]')) due(el, at);
  clockFace(at);
}

/** Starts carrying on. */
export const rings = () => setInterval(drawAll, 100);
