// The bar's clock on pages that are not live: the server's time when the page was made, carried on
// in the site's zone.

import './menus.js';

const { now, zone, clock } = document.body.dataset;
const ahead = Date.parse(now) - Date.now();
const face = document.getElementById('clock');
const hands = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: zone });

if (face && clock !== 'manual') {
  setInterval(() => {
    face.textContent = hands.format(Date.now() + ahead);
  }, 1000);
}
