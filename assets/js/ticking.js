// The bar's clock on pages that are not live: the server's time when the page was made, carried on
// in the site's zone.

import './leaving.js';
import './menus.js';

const { now, got, zone, clock } = document.body.dataset;
const face = document.getElementById('clock');
const hands = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: zone });

/** How far the server is ahead of this machine: measured when the page came, which for one that was kept is a while ago. */
const ahead = Date.parse(now) - Number(got ?? Date.now());

/** Now, by the server's clock, in milliseconds since the epoch. */
export const at = () => (clock === 'manual' ? Date.parse(now) : Date.now() + ahead);

if (face && clock !== 'manual') {
  setInterval(() => {
    face.textContent = hands.format(at());
  }, 1000);
}
