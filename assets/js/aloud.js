// A form that is read back as one sentence (data-aloud names its fields in the order in which they are
// said; data-say of each holds the words around it). The sentence is composed as they are typed. The
// tick holds the words that were read; an edit takes it away and marks what has changed since.
// Without script the server composes and compares the same way.
//   Alt 1   ticks

/** What was last read of a form, by field. */
const heard = new WeakMap();
const tick = (form) => form.elements.namedItem('read');
const fields = (form) => form.dataset.aloud.split(' ').map((name) => form.elements.namedItem(name));
/** As the server cleans it; a moment as a browser's field writes it without its letter. */
const words = (field) => field.value.replace(/\r\n?/g, '\n').trim().replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)$/, '$1 $2');
/** A moment in words, a telephone number in its groups; anything else as it is. */
const spoken = (field, text) => {
  const when = /^(\d{4})-(\d\d)-(\d\d) (\d\d:\d\d)$/.exec(text);
  if (when) {
    const { lang } = document.documentElement;
    const day = new Date(Date.UTC(+when[1], when[2] - 1, +when[3]));
    const part = (options) => new Intl.DateTimeFormat(lang, { timeZone: 'UTC', ...options }).format(day);
    return lang.startsWith('zh')
      ? `${+when[2]}月${+when[3]}日 ${part({ weekday: 'short' })} ${when[4]}`
      : `${part({ weekday: 'long' })} ${+when[3]} ${part({ month: 'long' })}, ${when[4]}`;
  }
  return 'digits' in field.dataset ? grouped(text) : unended(text);
};
/** Words as they stand inside a sentence: the stops at their end are the sentence's own, as the server says it. */
export const unended = (text) => text.replace(/[\s。．.，,；;、！!？?]+$/, '') || text;
/** The groups in which a number is written, in plain digits; nothing where anything else stands there. */
const folded = (text) => {
  const plain = text.trim().replace(/[０-９＋]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0));
  return /^[ ()/.（）－／．　-]*\+?[0-9 ()/.（）－／．　-]*$/.test(plain) ? plain.match(/\+?[0-9]+|\+/g) : null;
};
/** A number of this country, without its code; `coded` where the code stood before it, and so no zero. */
const ofCountry = (digits, coded) => {
  const mobile = (coded ? /^(1[3-9]\d)(\d{4})(\d{4})$/ : /^0?(1[3-9]\d)(\d{4})(\d{4})$/).exec(digits);
  const free = /^([48]00)(\d{3})(\d{4})$/.exec(digits);
  const service = !coded && /^(9[56]\d{3,4})$/.exec(digits);
  const far = !mobile && !free && /^0(10|2\d|[3-9]\d\d)(?:([19]\d{4,5})|(\d{3,4})(\d{4}))$/.exec(coded ? `0${digits}` : digits);
  if (far) return [`0${far[1]}`, ...far.slice(2).filter(Boolean)].join(' ');
  return (mobile || free || service || null)?.slice(1).join(' ');
};
const SHORT = /^(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[124]|9[0-58])/;
/** One number; nothing where this is none. */
const oneNumber = (text) => {
  const parts = folded(text);
  if (!parts) return undefined;
  const digits = parts.join('');
  const abroad = /^(?:\+|00)(.*)$/.exec(digits)?.[1];
  if (abroad === undefined) return ofCountry(digits, false) ?? (digits.startsWith('86') ? ofCountry(digits.slice(2), true) : undefined);
  if (abroad.startsWith('86')) return ofCountry(abroad.slice(2), true);
  if (!/^[1-9]\d{7,14}$/.test(abroad)) return undefined;
  if (parts.filter((part) => part !== '+').length > 1) return parts.join(' ').replace(/^(?:\+|00) ?/, '+');
  const code = SHORT.exec(abroad)?.[0] ?? abroad.slice(0, 3);
  const rest = abroad.slice(code.length);
  const fours = rest.length > 5 ? rest.length % 3 : 0;
  const threes = rest.length > 5 ? (rest.length - 4 * fours) / 3 : 0;
  const tail = rest.slice(3 * threes);
  const pieces = [...(rest.slice(0, 3 * threes).match(/.../g) ?? []), ...(fours ? tail.match(/..../g) : [tail])];
  return `+${[code, ...pieces.filter(Boolean)].join(' ')}`;
};
/**
 * What is written, with every number in it in its groups: 138 0000 1234; one of another country as
 * whoever wrote it grouped it. The server groups the same way (src/web/aloud/number.rs).
 */
export const grouped = (text) => {
  const parts = text.split(/[/／]/).map((part) => part.trim());
  const said = parts.map(oneNumber);
  return oneNumber(text) ?? (said.some(Boolean) && parts.length > 1 ? parts.map((part, at) => said[at] ?? part).join(' / ') : text);
};
/** A sentence with every number that stands in it in one piece in its groups, as the server does. */
export const groupedIn = (text) => text.replace(/(?<![A-Za-z0-9.\-_+０-９])\+?\d{10,13}(?![A-Za-z0-9.\-_+０-９])/g, (run) => oneNumber(run) ?? run);
const whole = (form) => fields(form).map(words).filter(Boolean).join('\n');

/** A field in which somebody writes is not beneath what sticks to the end of its form. */
export function inSight(field, pane) {
  if (!field || !pane || pane.contains(field) || getComputedStyle(pane).position !== 'sticky') return;
  if (field.getBoundingClientRect().bottom > pane.getBoundingClientRect().top) field.scrollIntoView({ block: 'nearest' });
}

/** Draws the sentence of a form as its fields stand. */
export function aloud(form) {
  if (!form.dataset.aloud) return;
  const read = tick(form).checked;
  if (read && tick(form).value !== whole(form)) tick(form).checked = false;
  const said = heard.get(form) ?? {};
  const pane = form.querySelector('.read-back');
  const pieces = [document.createTextNode(pane.dataset.open)];
  const at = form.contains(document.activeElement) ? document.activeElement : null;
  let own;
  for (const field of fields(form)) {
    const text = words(field);
    if (tick(form).checked) said[field.name] = text;
    if (!text) continue;
    if (pieces.length > 1) pieces.push(document.createTextNode(pane.dataset.between));
    const mark = document.createElement('mark');
    mark.textContent = field.dataset.say.replace('{t}', () => spoken(field, text));
    if (said[field.name] !== text) mark.className = 'todo';
    pieces.push(mark);
    if (field === at) own = mark;
  }
  heard.set(form, said);
  const nothing = pieces.length === 1;
  pieces.push(document.createTextNode(pane.dataset.close));
  const sentence = form.querySelector('[data-sentence]');
  sentence.replaceChildren(...pieces);
  pane.dataset.nothing = String(nothing);
  // one that is longer than its lines can be scrolled by key as well
  if (sentence.scrollHeight > sentence.clientHeight + 1) sentence.tabIndex = 0;
  else sentence.removeAttribute('tabindex');
  // of a long sentence the part is shown that is being written
  if (own) sentence.scrollTop += own.getBoundingClientRect().bottom - sentence.getBoundingClientRect().bottom;
  inSight(at, pane);
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
