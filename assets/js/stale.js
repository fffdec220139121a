// How old the page is. Beats come every two seconds: after three without one the age is shown in
// amber, after ten a banner says so and live figures turn grey. Acting stays allowed.

const AMBER = 3;
const BANNER = 10;
const html = document.documentElement;
let last = performance.now();

/** A beat or an event arrived. */
export function fresh() {
  last = performance.now();
  draw();
}

function draw() {
  const seconds = Math.floor((performance.now() - last) / 1000);
  const state = seconds >= BANNER ? 'old' : seconds >= AMBER ? 'late' : 'live';
  if (html.dataset.stale !== state) html.dataset.stale = state;
  for (const el of document.querySelectorAll('[data-updated]')) {
    const words = seconds >= AMBER ? el.dataset.updated.replace('{n}', seconds) : el.dataset.live;
    if (el.textContent !== words) el.textContent = words;
  }
}

/** Starts watching. */
export const stale = () => setInterval(draw, 1000);
