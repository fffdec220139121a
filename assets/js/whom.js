// To whom a slip goes is said below the field while a few letters are written there: the one person they
// mean and whoever passes it on, or the several they could. What was said is sent along, so that the
// server asks only where nothing was.

import { folded } from './wide.js';

const field = document.getElementById('for');
const line = document.getElementById('goes');
/** So many names are shown of several. */
const SHOWN = 6;

/** The people a few letters mean, as the server finds them (messages/web/whom.rs). */
function meant(text) {
  const all = [...document.querySelectorAll('#people option')];
  const exactly = all.filter((one) => folded(one.value) === text);
  if (exactly.length) return exactly;
  const lead = (one) => one.dataset.sounds.split(' ').some((sound) => sound.startsWith(text));
  return all.filter((one) => folded(one.value).includes(text) || lead(one) || one.dataset.extension === text);
}

function say() {
  const text = folded(field.value.trim());
  const found = text ? meant(text) : [];
  const [one] = found;
  const names = found.slice(0, SHOWN).map((other) => other.value).join('、') + (found.length > SHOWN ? '…' : '');
  const words = found.length > 1 ? line.dataset.several : one?.dataset.through ? line.dataset.through : line.dataset.goes;
  const said = one ? words.replace('{t}', () => (found.length > 1 ? names : one.value)).replace('{by}', () => one.dataset.through) : '';
  if (line.textContent !== said) line.textContent = said;
  field.form.elements.meant.value = found.length === 1 ? one.value : '';
}

field.addEventListener('input', say);
// what was put back there from a draft
addEventListener('load', say);
say();
