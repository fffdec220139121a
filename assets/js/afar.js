// Away from the console this desk hears of calls too: how many ring stands on the way there and in
// the title, and F2 takes the one that has waited longest and leads to it.

import { changed } from './live.js';
import * as notify from './notify.js';
import { say } from './page.js';

/** The waiting calls of this desk: since when, and whether nobody has taken it yet. */
const ringing = new Map();
let shown = 0;
let asking = false;
let again = false;

const ways = () => document.querySelectorAll(':is(.nav, .tabs) a[href="/console"]');

function draw() {
  if (ringing.size === shown) return;
  shown = ringing.size;
  for (const way of ways()) {
    const badge = way.querySelector('.n') ?? document.createElement('span');
    badge.className = 'n hot num';
    badge.hidden = shown === 0;
    badge.textContent = String(shown);
    way.append(badge);
  }
  notify.count(shown);
}

/** What waits now, as the console would show it. Events that came meanwhile may be newer: it is asked again. */
async function ask() {
  again = asking;
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch('/console', { headers: { accept: 'application/json' } });
    if (!answer.ok || again) return;
    const { ringing: calls } = await answer.json();
    ringing.clear();
    for (const call of calls) ringing.set(`calls/${call.id}`, { since: Date.parse(call.rang_at ?? call.offered_at), free: !call.taken_by });
    draw();
  } catch {
    // the net is gone: it is asked again with the stream
  } finally {
    asking = false;
    if (again) ask();
  }
}

/** An event of a call: one that waits comes with its card. */
function hear({ subject, change, html }) {
  if (asking) again = true;
  const shell = document.createElement('template');
  shell.innerHTML = html ?? '';
  const card = shell.content.firstElementChild;
  if (card) {
    if (!ringing.has(subject) || change === 'breach') say(card.dataset.say, change === 'breach');
    ringing.set(subject, { since: Number(card.dataset.since), free: !card.querySelector('.taken') });
  } else ringing.delete(subject);
  draw();
}

/** Whether something is written here that nobody keeps. */
const unkept = () => [...document.querySelectorAll('form:not([data-draft])')]
  .some((form) => form.method === 'post' && [...form.querySelectorAll('input, textarea, select')].some(changed));

async function lead(subject) {
  let place = `/console?look=${subject.split('/')[1]}`;
  try {
    const answer = await fetch(`/${subject}/pickup`, { method: 'POST', headers: { accept: 'application/json' } });
    if (answer.ok) place = '/console';
  } catch {
    // the console says what is so
  }
  if (unkept()) window.open(place);
  else location.assign(place);
}

/** Takes the n-th longest waiting call that nobody has taken yet; whether there is one. */
export function takeAfar(n) {
  const free = [...ringing].filter(([, call]) => call.free).sort(([, a], [, b]) => a.since - b.since);
  if (!free[n]) return false;
  lead(free[n][0]);
  return true;
}

/** Starts hearing, where there is a way to the console: `{ ask, hear }`. */
export function afar() {
  if (ways().length === 0) return null;
  ask();
  return { ask, hear };
}
