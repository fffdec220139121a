// Forms marked data-act are sent without leaving the page. The server decides: what it refuses is
// said beside the form, in its words, and nothing typed is lost. Without script they are plain forms.

import { aloud } from './aloud.js';
import { forget } from './drafts.js';
import { refresh } from './live.js';
import { told } from './page.js';

/** A sentence outside its form, on a card, is taken away after this long: the card says what is so. */
const SAID_FOR = 15_000;
const timers = new WeakMap();

const place = (form) => form.querySelector('[data-said]') ?? document.querySelector(`[data-said~="${form.dataset.saidIn ?? form.id}"]`);

function said(form, text, refused) {
  const where = place(form);
  if (!where) return;
  where.textContent = text;
  where.classList.toggle('c4', refused);
  clearTimeout(timers.get(where));
  if (!form.contains(where)) timers.set(where, setTimeout(() => { where.textContent = ''; }, SAID_FOR));
}

/** What was refused, each field's own reason, and what else there is. */
const reasons = (record) =>
  [[record.detail ?? record.title ?? told('failed') ?? '', ...Object.values(record.fields ?? {})].join(' '),
    ...(record.current?.alternatives ?? []).map((other) => other.said)].join(' · ');

/** Shows what somebody else has saved meanwhile beneath what is being written; undefined hides it. */
function theirs(form, text) {
  const box = form.querySelector('[data-theirs]');
  if (!box) return;
  box.querySelector('[data-theirs-text]').textContent = text || '–';
  box.hidden = text === undefined;
}

/** The part of an answer that a form writes: `data-current` names it. */
const own = (form, record) => (form.dataset.current ? record[form.dataset.current] ?? {} : record);

/** The next save is made against the record as it is now, and its writer has been shown it. */
function conflict(form, current) {
  const record = own(form, current);
  const texts = [...form.querySelectorAll('textarea[name], input.in[name]')];
  const changed = texts.filter((field) => field.name in record && String(record[field.name] ?? '') !== field.defaultValue);
  const line = (field) => [texts.length > 1 && field.labels?.[0]?.textContent.trim(), record[field.name] || '–'].filter(Boolean).join('：');
  theirs(form, changed.length > 0 ? changed.map(line).join('\n') : undefined);
  if (form.elements.version && record.version) form.elements.version.value = record.version;
}

/** After a save the server's text is the text: a later change counts from here. */
function settle(form, record) {
  for (const field of form.querySelectorAll('textarea[name], input[name]')) {
    if (field.name === 'version') field.value = own(form, record).version ?? field.value;
    else if (field.type === 'checkbox' || field.type === 'radio') field.defaultChecked = field.checked;
    else if (field.type !== 'hidden') field.defaultValue = field.value;
  }
  delete form.dataset.restored;
  theirs(form);
  forget(form);
}

async function send(form, button) {
  if (form.getAttribute('aria-busy') === 'true') return;
  const body = new URLSearchParams(new FormData(form, button));
  form.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(form.action, { method: 'POST', body, headers: { accept: 'application/json' } });
    const record = await answer.json().catch(() => ({}));
    // the next press is another act
    if (form.elements.op_id) form.elements.op_id.value = crypto.getRandomValues(new Uint32Array(4)).join('-');
    if (answer.ok) {
      if (form.dataset.once === undefined) settle(form, record);
      else {
        // what was added is in the list; the form is for the next
        form.reset();
        aloud(form);
      }
      // the record is there, and what it asks for is still to be written; or it is one that was made by this
      const made = form.dataset.made !== undefined && record.no && `/bookings/${record.no}`;
      const next = made || (form.dataset.record !== undefined && answer.headers.get('location'));
      if (next) {
        location.assign(next);
        return;
      }
      said(form, form.dataset.done ?? '', false);
    } else {
      said(form, reasons(record), true);
      // on a card nothing is written: a press that came second is not made again by pressing once more
      if (answer.status === 409 && record.current && !form.dataset.saidIn) conflict(form, record.current);
    }
  } catch {
    said(form, told('failed') ?? '', true);
  } finally {
    form.removeAttribute('aria-busy');
    refresh();
  }
}

/** Without a network what was written stays where it is, instead of the browser's page of errors. */
function keep(event) {
  const form = event.target.closest('form[data-save], form[data-keep]');
  if (!form || form.method !== 'post' || event.defaultPrevented || navigator.onLine) return;
  event.preventDefault();
  if (!form.querySelector('[data-said]')) {
    const where = document.createElement('p');
    where.className = 'said';
    where.dataset.said = '';
    where.setAttribute('role', 'status');
    (event.submitter ?? form.querySelector('button'))?.parentElement.append(where);
  }
  said(form, told('failed') ?? '', true);
}

/** Starts listening. */
export function acts() {
  document.addEventListener('submit', (event) => {
    const form = event.target.closest('form[data-act]');
    if (!form) {
      keep(event);
      return;
    }
    event.preventDefault();
    send(form, event.submitter);
  });
  // "saved" is true until the next key; what was refused stays to be read
  document.addEventListener('input', (event) => {
    const where = event.target.closest('form[data-act]')?.querySelector('[data-said]:not(.c4)');
    if (where) where.textContent = '';
  });
}
