// A form that is read back as one sentence (data-aloud names its fields in the order in which they are
// said; data-say of each holds the words around it). The sentence is composed as they are typed. The
// tick holds the words that were read; an edit takes it away and marks what has changed since.
// Without script the server composes and compares the same way.
//   Alt 1   ticks

/** What was last read of a form, by field. */
const heard = new WeakMap();
const tick = (form) => form.elements.namedItem('read');
const fields = (form) => form.dataset.aloud.split(' ').map((name) => form.elements.namedItem(name));
/** As the server cleans it; a moment as people write it. */
const words = (field) => {
  const text = field.value.replace(/\r\n?/g, '\n').trim();
  return field.type === 'datetime-local' ? text.replace('T', ' ') : text;
};
const whole = (form) => fields(form).map(words).filter(Boolean).join('\n');

/** Draws the sentence of a form as its fields stand. */
export function aloud(form) {
  if (!form.dataset.aloud) return;
  const read = tick(form).checked;
  if (read && tick(form).value !== whole(form)) tick(form).checked = false;
  const said = heard.get(form) ?? {};
  const pane = form.querySelector('.read-back');
  const pieces = [document.createTextNode(pane.dataset.open)];
  for (const field of fields(form)) {
    const text = words(field);
    if (tick(form).checked) said[field.name] = text;
    if (!text) continue;
    if (pieces.length > 1) pieces.push(document.createTextNode(pane.dataset.between));
    const mark = document.createElement('mark');
    mark.textContent = field.dataset.say.replace('{t}', () => text);
    if (said[field.name] !== text) mark.className = 'todo';
    pieces.push(mark);
  }
  heard.set(form, said);
  const nothing = pieces.length === 1;
  pieces.push(document.createTextNode(pane.dataset.close));
  form.querySelector('[data-sentence]').replaceChildren(...pieces);
  pane.dataset.nothing = String(nothing);
}

/** Alt and 1: the tick of the form under the caret, or of the only one; whether there was one. */
export function tickAloud() {
  const form = document.activeElement?.closest('form[data-aloud]') ?? document.querySelector('form[data-aloud]');
  if (!form) return false;
  tick(form).click();
  return true;
}

/** Starts following; what the server has ticked was read as it stands. */
export function alouds() {
  document.querySelectorAll('form[data-aloud]').forEach(aloud);
  document.addEventListener('input', (event) => {
    const form = event.target.closest?.('form[data-aloud]');
    if (!form) return;
    // what is ticked is what stands there now; nothing cannot be read
    if (event.target === tick(form)) {
      tick(form).value = whole(form);
      if (!tick(form).value) tick(form).checked = false;
    }
    aloud(form);
  });
}
