// The record of a call while it is written: the sentence to read back is composed from the fields as
// they are typed, in the server's words; a tick holds the words that were read, and an edit takes it
// away. Without script the server composes and compares the same way after each save.
//   Alt 1 to 4   ticks who, when, where, what      Enter   on to the next field

const PARTS = ['who', 'when', 'where', 'what'];
const field = (form, part) => form.elements.namedItem(part);
const tick = (form, part) => form.elements.namedItem(`read_${part}`);
/** As the server cleans it. */
const words = (form, part) => field(form, part).value.replace(/\r\n?/g, '\n').trim();

/** Draws the sentence and the count of a form as its fields stand. */
export function compose(form) {
  const sentence = form.querySelector('[data-sentence]');
  if (!sentence) return;
  const { open, between, beforeWhat, close, count } = form.dataset;
  const pieces = [document.createTextNode(open)];
  let [written, read] = [0, 0];
  for (const part of PARTS) {
    const text = words(form, part);
    if (!text) continue;
    if (written > 0) pieces.push(document.createTextNode(part === 'what' ? beforeWhat : between));
    const mark = document.createElement('mark');
    mark.textContent = text;
    if (tick(form, part).checked) read += 1;
    else mark.className = 'todo';
    pieces.push(mark);
    written += 1;
  }
  pieces.push(document.createTextNode(close));
  sentence.replaceChildren(...pieces);
  form.querySelector('[data-back]').dataset.nothing = String(written === 0);
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

/** Enter in a line of a record goes on to the next field, and never sends. */
function onward(event) {
  const form = paced(event.target);
  if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229 || !form) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !event.target.matches('input.in')) return;
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
}
