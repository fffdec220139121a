// Practising with a recorded call: its signalling is played again in its own time, its card rings as
// a real one does, and F2 or the button answers it. Nothing is sent; the last tries are kept in this
// browser. A call that really rings ends the practice.

import { say } from './page.js';
import { draw } from './rings.js';

const stage = document.getElementById('practice');
const list = document.getElementById('practice-queue');
const start = document.getElementById('practice-start');
const outcome = document.getElementById('practice-said');
const KEPT = 10;
const STORE = 'practice';
const LATE = 4;

let play = null;

const own = () => { try { return JSON.parse(localStorage.getItem(STORE) ?? '[]'); } catch { return []; } };

function drawOwn() {
  const tries = own();
  document.getElementById('practice-past').hidden = tries.length === 0;
  document.getElementById('practice-own').replaceChildren(...tries.map((one) => {
    const item = document.createElement('li');
    item.textContent = one.said;
    item.className = one.met ? 'c1' : 'c4';
    return item;
  }));
}

/** The end of a try, in words. */
function over(said, met) {
  clearInterval(play.timer);
  play = null;
  list.replaceChildren();
  list.dataset.empty = 'true';
  outcome.textContent = said;
  outcome.className = `outcome ${met ? 's1' : 's4'}`;
  start.disabled = false;
  start.focus();
}

function keep(said, met) {
  for (const step of document.querySelectorAll('#practice-steps li')) step.hidden = false;
  localStorage.setItem(STORE, JSON.stringify([{ said, met }, ...own()].slice(0, KEPT)));
  drawOwn();
  over(said, met);
}

/** How far the ringing has come: the ring, counted from one, and the seconds. */
function rung(at) {
  const waited = at - Number(stage.dataset.ringsAfter);
  return { waited, ring: Math.floor(waited / Number(stage.dataset.cycle)) + 1, late: waited >= Number(stage.dataset.target) };
}

function answer() {
  if (!play) return;
  const { waited, ring, late } = rung(performance.now() - play.from);
  const words = late ? stage.dataset.late : stage.dataset.met;
  keep(words.replace('{n}', String(ring)).replace('{s}', (waited / 1000).toFixed(1)), !late);
}

function rings(at) {
  if (!play.card) {
    const copy = document.getElementById('practice-card').content.firstElementChild.cloneNode(true);
    // it is no waiting call of the house: only this script draws it and hears its key
    delete copy.dataset.waitingCall;
    copy.dataset.practiceCall = stage.dataset.call;
    copy.querySelector('[data-row]')?.removeAttribute('href');
    list.replaceChildren(copy);
    list.dataset.empty = 'false';
    play.card = copy;
  }
  const { ring, late } = rung(at);
  play.card.dataset.since = stage.dataset.ringsAfter;
  draw(play.card, at);
  const level = late ? LATE : Math.min(ring, LATE - 1);
  if (level === play.level) return;
  play.level = level;
  play.card.className = `call st${level}`;
  play.card.querySelector('.ring').classList.toggle('pulse', level >= 3);
  say(`${ring}`, level === LATE);
}

function tick() {
  const at = performance.now() - play.from;
  for (const step of document.querySelectorAll('#practice-steps li[hidden]')) if (Number(step.dataset.after) <= at) step.hidden = false;
  if (at >= Number(stage.dataset.endsAfter)) keep(stage.dataset.gone, false);
  else if (at >= Number(stage.dataset.ringsAfter)) rings(at);
}

function begin() {
  for (const step of document.querySelectorAll('#practice-steps li')) step.hidden = true;
  outcome.textContent = stage.dataset.early;
  outcome.className = 'outcome';
  start.disabled = true;
  play = { from: performance.now(), card: null, level: 0, timer: 0 };
  play.timer = setInterval(tick, 100);
  tick();
}

if (start) {
  drawOwn();
  start.addEventListener('click', begin);
  list.addEventListener('submit', (event) => {
    // before the panel's own acts: nothing is sent
    event.preventDefault();
    event.stopPropagation();
    answer();
  }, true);
  // a call comes with its card where it is this desk's
  document.addEventListener('news', ({ detail: { kind, change, html } }) => {
    if (play && html && kind === 'call' && ['offered', 'ringing'].includes(change)) over(stage.dataset.real, false);
  });
}
