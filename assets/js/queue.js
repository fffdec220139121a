// The waiting calls: each event of a call carries the card as this reader may see it. A card comes,
// changes and goes without anything else on the page being touched, and its alarms start here:
// from events, never from a timer.

import { afterRefresh, morph } from './live.js';
import * as notify from './notify.js';
import { say } from './page.js';
import { drawAll } from './rings.js';
import * as sound from './sound.js';

const LEVELS = { ringing: 1, ring2: 2, ring3: 3, breach: 4 };
const list = () => document.getElementById('queue');
const cards = () => list().querySelectorAll('[data-waiting-call]');
const card = (subject) => list().querySelector(`[data-waiting-call="${CSS.escape(subject)}"]`);

function element(html) {
  const shell = document.createElement('template');
  shell.innerHTML = html;
  return shell.content.firstElementChild;
}

/** Puts a card where it belongs: the longest waiting first. */
function place(fresh) {
  const later = [...cards()].find((other) => Number(other.dataset.since) > Number(fresh.dataset.since));
  list().insertBefore(fresh, later ?? null);
}

function tally() {
  const ringing = cards();
  const number = document.getElementById('queue-count');
  if (number) number.textContent = String(ringing.length);
  list().dataset.empty = String(ringing.length === 0);
  document.body.classList.toggle('breach', [...ringing].some((c) => c.dataset.alarm === '4'));
  notify.count(ringing.length);
}

function alert(subject, change, data) {
  const level = LEVELS[change];
  if (!level) return;
  const inHand = Boolean(document.querySelector('[data-hand]:not([data-hand=""])'));
  sound.alarm(subject, level, inHand);
  say(data.say, level === 4);
  notify.show(subject, data.say, data.line);
}

/** Starts following; the answer takes events and says whether one needs no more than its card. */
export function queue() {
  afterRefresh(tally);
  tally();
  return {
    take({ subject, change, html }) {
      const old = card(subject);
      const fresh = html ? element(html) : null;
      if (!fresh) {
        old?.remove();
        sound.over(subject);
        notify.close(subject);
        tally();
        return false; // today's figures and the call in hand may have changed
      }
      if (!old) place(fresh);
      else if (Number(old.dataset.version) <= Number(fresh.dataset.version)) morph(old, fresh);
      drawAll();
      tally();
      alert(subject, change, fresh.dataset);
      // a call that is new here may be looked at on an idle desk, and its hints come with the page
      return Boolean(old) && (change in LEVELS || change === 'offered');
    },
  };
}
