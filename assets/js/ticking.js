// The bar's clock on pages that are not live: the server's time when the page was made, carried on
// in the site's zone.

import './leaving.js';
import './menus.js';

const { now, zone, clock } = document.body.dataset;
const face = document.getElementById('clock');
const hands = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: zone });

/** How far the server is ahead of this machine; a page that is kept for places without a network is as old as it was made. */
function measured() {
  try {
    const known = JSON.parse(localStorage.getItem('ahead') ?? 'null');
    if (known?.now === now) return known.ahead;
    const ahead = Date.parse(now) - Date.now();
    localStorage.setItem('ahead', JSON.stringify({ now, ahead }));
    return ahead;
  } catch {
    return Date.parse(now) - Date.now();
  }
}
const ahead = measured();

/** Now, by the server's clock, in milliseconds since the epoch. */
export const at = () => (clock === 'manual' ? Date.parse(now) : Date.now() + ahead);

if (face && clock !== 'manual') {
  setInterval(() => {
    face.textContent = hands.format(at());
  }, 1000);
}
