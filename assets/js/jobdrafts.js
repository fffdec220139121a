// What an engineer has written, chosen, ticked and drawn for a job is not lost: it is kept in the telephone as it is
// written, and put back where the page is drawn anew, by news or by a reload.

import { own, tidy as tidied } from './leaving.js';
import { draw, strokes } from './pads.js';

const key = (no) => own('job') + no;
const forms = (job) => job.querySelectorAll('form[data-job-act]');
const ticks = (job) => job.querySelectorAll('.checklist input');
const pad = (job) => job.querySelector('[data-signature]');
const named = (form) => [...form.elements].filter((field) => field.name);

const task = (box) => box.parentElement.textContent.trim();

/** What is ticked, or not any more, beside what the house knows: what, and whether it is. */
export const moved = (job) => [...ticks(job)].filter((box) => box.checked !== box.defaultChecked).map((box) => [task(box), box.checked]);

/** What is on a job's part of the page beyond what the house put there; undefined where that is nothing. */
function written(job) {
  const fields = {};
  for (const form of forms(job)) {
    for (const field of named(form)) {
      const holds = field.type === 'radio' ? field.checked : field.value !== field.defaultValue;
      if (holds) fields[`${form.dataset.jobAct} ${field.name}`] = field.value;
    }
  }
  const done = moved(job);
  const lines = pad(job) ? strokes(pad(job)) : [];
  const empty = Object.keys(fields).length + done.length + lines.length === 0;
  return empty ? undefined : { at: Date.now(), fields, done, lines };
}

/** Keeps it. */
export function save(job) {
  const draft = written(job);
  try {
    if (draft) localStorage.setItem(key(job.dataset.no), JSON.stringify(draft));
    else localStorage.removeItem(key(job.dataset.no));
  } catch { /* a telephone that is full keeps what it has */ }
}

/** The house has it, or the telephone keeps it as an act. */
export const forget = (no) => localStorage.removeItem(key(no));

function put(field, value) {
  if (field.type === 'radio') field.checked = field.value === value;
  else if (field.value === field.defaultValue) field.value = value;
}

/** Puts what is kept back onto the page. */
export function restore() {
  for (const job of document.querySelectorAll('.job')) {
    let draft;
    try { draft = JSON.parse(localStorage.getItem(key(job.dataset.no)) ?? 'null'); } catch { draft = null; }
    if (!draft) continue;
    for (const form of forms(job)) {
      for (const field of named(form)) {
        const value = draft.fields[`${form.dataset.jobAct} ${field.name}`];
        if (value === undefined) continue;
        put(field, value);
        if (field.closest('details')) field.closest('details').open = true;
      }
    }
    // an older page kept the ticked alone
    const done = new Map(draft.done.map((one) => (Array.isArray(one) ? one : [one, true])));
    for (const box of ticks(job)) box.checked = done.get(task(box)) ?? box.checked;
    if (pad(job) && draft.lines.length > 0) draw(pad(job), draft.lines);
  }
}

/** What an act that was refused had said stands in its form again, where nothing else was written meanwhile. */
export function putBack(job, { verb, details }) {
  const form = [...forms(job)].find((one) => one.dataset.jobAct === verb);
  if (!form || !details) return;
  for (const field of named(form)) {
    const value = details[field.name];
    if (value !== undefined) put(field, String(value));
  }
  save(job);
}

const toldKey = (no) => own('told') + no;

/** What was told as finished is kept until it cannot be taken back any more. */
export function keepTold({ no, verb, details, from, next }) {
  try {
    localStorage.setItem(toldKey(no), JSON.stringify({ at: Date.now(), verb, details, from, next }));
  } catch { /* a telephone that is full keeps what it has */ }
}

/** Where it was taken back, by whomever, its form holds again what was written. */
export function takenBack(job) {
  const { no, state } = job.dataset;
  let told;
  try { told = JSON.parse(localStorage.getItem(toldKey(no)) ?? 'null'); } catch { told = null; }
  if (!told || state === told.next) return;
  localStorage.removeItem(toldKey(no));
  if (state === told.from) putBack(job, told);
}

/** Forgets what was written of jobs that are long over. */
export function tidy() {
  for (const kind of ['job', 'told']) tidied(kind, Date.now());
}

/** What was written for jobs that are not on the page any more. */
export function left() {
  const mine = Object.keys(localStorage).filter((name) => name.startsWith(own('job')));
  const gone = mine.map((name) => name.slice(own('job').length)).filter((no) => !document.getElementById(`job-${no}`));
  return gone.map((no) => {
    let fields = {};
    try { fields = JSON.parse(localStorage.getItem(key(no))).fields; } catch { /* it is nothing */ }
    return { no, details: fields };
  });
}
