// The server's time in the browser. A beat tells the time every two seconds; it is late by the way
// it took, so of the last few beats the one that was fastest is believed.

import { told } from './page.js';

const KEPT = 5;
const JUMP = 2000;
let offsets = [];
let still = null;

/** Hears what time it is at the server, in milliseconds since the epoch. */
export function set(at) {
  const offset = at - Date.now();
  const far = offsets.length > 0 && Math.abs(offset - Math.max(...offsets)) > JUMP;
  offsets = far ? [offset] : [...offsets, offset].slice(-KEPT);
  // the demo's clock stands still between two orders
  still = told('clock') === 'manual' ? at : null;
}

/** Now, by the server's clock, in milliseconds since the epoch. */
export const now = () => still ?? Date.now() + (offsets.length > 0 ? Math.max(...offsets) : 0);
