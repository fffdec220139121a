// The record of a call while it is written: the sentence to read back is composed from the fields as
// they are typed, in the server's words; a tick holds the words that were read, and an edit takes it
// away. Without script the server composes and compares the same way after each save.
//   Alt 1 to 4   ticks who, when, where, what      Enter   on to the next field

import { groupedIn, inSight, unended } from './aloud.js';

const PARTS = ['who', 'when', 'where', 'what'];
const field = (form, part) => form.elements.namedItem(part);
const tick = (form, part) => form.elements.namedItem(`read_${part}`);
/** As the server cleans it. */
const words = (form, part) => field(form, part).value.replace(/\r\n?/g, '\n').trim();

/** Draws the sentence and the count of a form as its fields stand. */
export function compose(form) {
  const sentence = form.querySelector('[data-sentence]');
  if (!sentence || !form.matches('[data-record]')) return;
  const { open, between, beforeWhat, close, count } = form.dataset;
  const pieces = [document.createTextNode(open)];
  let [written, read] = [0, 0];
  for (const part of PARTS) {
    const text = words(form, part);
    if (!text) continue;
    if (written > 0) pieces.push(document.createTextNode(part === 'what' ? beforeWhat : between));
    const mark = document.createElement('mark');
    mark.textContent = groupedIn(unended(text));
    if (tick(form, part).checked) read += 1;
    else mark.className = 'todo';
    pieces.push(mark);
    written += 1;
  }
  pieces.push(document.createTextNode(close));
  sentence.replaceChildren(...pieces);
  const pane = form.querySelector('[data-back]');
  pane.dataset.nothing = String(written === 0);
  inSight(form.contains(document.activeElement) ? document.activeElement : null, pane);
  form.querySelector('[data-read-count]').textContent = count.replace('{n}', read).replace('{m}', Math.max(1, written));
}

/** A tick that was set holds the words as they stand; nothing cannot be read. */
function ticked(form, part) {
  const box = tick(form, part);
  box.value = words(form, part);
  if (!box.value) box.checked = false;
}

/** An edit takes the tick away, unless it comes back to what was read. */
function edited(form, part) {
  const box = tick(form, part);
  if (box.checked && box.value !== words(form, part)) box.checked = false;
}

const formOf = (el) => el.closest?.('form[data-record]');
const paced = (el) => el.closest?.('form[data-record], form[data-onward]');

/** Alt and a digit: the tick of that part; whether there was one. */
export function tickByKey(digit) {
  const here = formOf(document.activeElement) ?? document.querySelector('form[data-record]');
  const part = PARTS[digit - 1];
  if (!here || !part) return false;
  const box = tick(here, part);
  box.checked = !box.checked;
  box.dispatchEvent(new Event('input', { bubbles: true }));
  return true;
}

/** Enter in a line of a record goes on to the next field, and never sends; on any other form that is paced like one
    the same goes for what is chosen or ticked, and after the last field comes the button. */
function onward(event) {
  const form = paced(event.target);
  if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229 || !form) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (form.matches('[data-onward]') && event.target.matches('input')) {
    event.preventDefault();
    const after = (field) => event.target.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING;
    ([...form.querySelectorAll('.in')].find(after) ?? form.querySelector('button.go'))?.focus();
    return;
  }
  if (!event.target.matches('input.in')) return;
  event.preventDefault();
  const fields = [...form.querySelectorAll('.in')];
  fields[fields.indexOf(event.target) + 1]?.focus();
}

/** A canned text goes into its field, where the caret is. */
function insert(event) {
  const button = event.target.closest('[data-insert]');
  const into = button && document.getElementById(button.dataset.into);
  if (!into) return;
  into.setRangeText(button.dataset.insert, into.selectionStart, into.selectionEnd, 'end');
  into.dispatchEvent(new Event('input', { bubbles: true }));
  into.focus();
}

/** Moves the line of the caret in a field of lines up (-1) or down (1). */
function shift(field, by) {
  const lines = field.value.split('\n');
  const at = field.value.slice(0, field.selectionStart).split('\n').length - 1;
  const to = at + by;
  if (to < 0 || to >= lines.length) return;
  [lines[at], lines[to]] = [lines[to], lines[at]];
  field.value = lines.join('\n');
  const caret = lines.slice(0, to).join('\n').length + (to > 0 ? 1 : 0);
  field.setSelectionRange(caret, caret + lines[to].length);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

function reorder(event) {
  const { lineUp, lineDown } = event.target.closest('[data-line-up], [data-line-down]')?.dataset ?? {};
  const field = document.getElementById(lineUp ?? lineDown);
  if (!field) return;
  shift(field, lineUp ? -1 : 1);
  field.focus();
}

/** A number that is dialled from a record: the call that follows is about that record. */
function dialled(event) {
  const link = event.target.closest('a[href^="tel:"][data-about]');
  if (!link) return;
  const { about, purpose, name = '' } = link.dataset;
  const body = JSON.stringify({ number: link.getAttribute('href').slice(4), about, purpose, name });
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  fetch('/calls/plans', { method: 'POST', headers, body, keepalive: true }).catch(() => {});
}

/** Starts following. */
export function records() {
  document.addEventListener('input', (event) => {
    const form = formOf(event.target);
    if (!form) return;
    const { part, read } = event.target.dataset;
    if (read) ticked(form, read);
    else if (part) edited(form, part);
    compose(form);
  });
  document.addEventListener('keydown', onward);
  document.addEventListener('click', insert);
  document.addEventListener('click', reorder);
  document.addEventListener('click', dialled);
  document.addEventListener('keydown', (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || !event.altKey || !event.target.matches?.('[data-lines]')) return;
    event.preventDefault();
    shift(event.target, by);
  });
}
