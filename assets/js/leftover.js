// What was written into the form of a new booking and not saved is no trouble of whoever writes the next one: it is
// offered above the form, and put back when asked for. The form that was left during a call comes back with that call.

import { now } from './clock.js';
import { own as mine } from './leaving.js';

const NAMES = ['name', 'party', 'phone', 'when', 'minutes', 'wishes', 'room', 'occasion', 'note'];
/** Without one of these nothing is lost. */
const WORTH = ['name', 'phone', 'wishes', 'note'];
/** What is older is nobody's caller any more. */
const KEPT_MS = 12 * 3_600_000;
const DELAY_MS = 500;

/** Keeps what is written into `form`; `put` is called after it was put back. Answers with what forgets it. */
export function leftover(form, put) {
  const place = `${mine('draft')}bookings/new`;
  const call = form.elements.call_id?.value ?? '';
  const box = form.querySelector('[data-left]');
  let timer = 0;
  let over = false;

  const read = () => {
    try {
      const found = JSON.parse(localStorage.getItem(place));
      return found && now() - found.at < KEPT_MS ? found : null;
    } catch { return null; }
  };

  function keep() {
    clearTimeout(timer);
    timer = 0;
    const kept = Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value]).filter(([, value]) => value));
    if (over || !WORTH.some((name) => kept[name])) return;
    try { localStorage.setItem(place, JSON.stringify({ at: now(), call, kept })); } catch { /* a browser that is full keeps what it has */ }
  }

  function forget() {
    over = true;
    clearTimeout(timer);
    localStorage.removeItem(place);
  }

  const left = read();
  const empty = !WORTH.some((name) => form.elements[name].value);
  function back() {
    box.hidden = true;
    for (const [name, value] of Object.entries(left.kept)) if (!form.elements[name].value) form.elements[name].value = value;
    put(Object.keys(left.kept));
  }
  if (left && call && left.call === call) back();
  else if (left && empty) {
    const { name = '', party = '', when = '', phone = '' } = left.kept;
    box.querySelector('[data-left-said]').textContent = [name, party, when, phone].filter(Boolean).join(' · ');
    box.hidden = false;
    box.querySelector('[data-left-take]').addEventListener('click', back);
    box.querySelector('[data-left-drop]').addEventListener('click', () => { box.hidden = true; localStorage.removeItem(place); });
  }

  form.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(keep, DELAY_MS); });
  addEventListener('pagehide', keep);
  return forget;
}
