// What an operator hears. Browsers allow sound only after a click: the one on "on duty".
//   ring 1   one soft tick, and only at a desk without a call in hand
//   ring 2   one soft tick
//   ring 3   two ticks
//   breach   one low tone
// Each at most once per call and level; several at once sound as the gravest of them.

import { told } from './page.js';

const NOTES = {
  1: [[660, 0, 0.07, 0.35]],
  2: [[660, 0, 0.09, 0.6]],
  3: [[740, 0, 0.09, 0.8], [740, 0.18, 0.09, 0.8]],
  4: [[196, 0, 0.7, 1]],
};

let context = null;
let mine = false;
let due = 0;
const sounded = new Map();

/** To be called inside a click: lets this tab sound. Of several tabs one does. */
export function unlock() {
  const first = !context;
  context ??= new AudioContext();
  const running = context.resume();
  if (!first) return running;
  if (navigator.locks) navigator.locks.request('sound', () => { mine = true; return new Promise(() => {}); });
  else mine = true;
  return running;
}

function play(level) {
  const loud = Number(told('volume') ?? 70) / 100;
  const wanted = localStorage.getItem('duty') === 'on' && localStorage.getItem('mute') !== 'on';
  if (!context || !mine || loud === 0 || !wanted) return;
  for (const [hertz, after, length, share] of NOTES[level]) {
    const tone = context.createOscillator();
    const gain = context.createGain();
    const from = context.currentTime + after;
    tone.type = 'sine';
    tone.frequency.value = hertz;
    // a fast rise and a long fall: a knock, not a beep
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(0.4 * share * loud, from + 0.008);
    gain.gain.exponentialRampToValueAtTime(0.0001, from + length);
    tone.connect(gain).connect(context.destination);
    tone.start(from);
    tone.stop(from + length);
  }
}

/** Sounds an alarm: `call` its subject, `level` 1 to 4, `inHand` whether this desk is on a call. */
export function alarm(call, level, inHand) {
  if ((sounded.get(call) ?? 0) >= level) return;
  sounded.set(call, level);
  if (level === 1 && inHand) return;
  if (due === 0) setTimeout(() => { const gravest = due; due = 0; play(gravest); }, 30);
  due = Math.max(due, level);
}

/** The call waits no more. */
export const over = (call) => { sounded.delete(call); };
