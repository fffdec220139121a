// What is being written is kept in the browser under the name of its writer: whoever signs in after them is not shown
// it, and who signs out leaves none of it behind.

import { told } from './page.js';

/** Whose page this is, before the name of what they keep. */
export const own = (kind) => `${kind} ${told('who') ?? ''} `;

/** What is kept is kept for so long. */
const DAYS = 14 * 86_400_000;

/** Forgets what was kept of this kind and never finished. */
export function tidy(kind, now) {
  for (const name of Object.keys(localStorage).filter((name) => name.startsWith(`${kind} `))) {
    let at = 0;
    try { at = JSON.parse(localStorage.getItem(name)).at; } catch { /* it is nothing */ }
    if (!(now - at <= DAYS)) localStorage.removeItem(name);
  }
}

document.addEventListener('submit', (event) => {
  if (event.target.getAttribute('action') !== '/sign-out') return;
  const mine = [own('draft'), own('job'), own('told')];
  for (const name of Object.keys(localStorage)) if (mine.some((start) => name.startsWith(start))) localStorage.removeItem(name);
});
