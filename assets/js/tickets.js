// The desk's pages of faults: clocks are read off anew while the page is open, n reports a fault.

import { refresh } from './live.js';
import { told } from './page.js';

const again = Number(told('again') ?? 0);
if (again > 0 && document.body.dataset.clock !== 'manual') {
  setInterval(() => { if (!document.hidden) refresh(); }, again);
}

document.addEventListener('keydown', (key) => {
  const writing = key.target.closest?.('input, textarea, select, [contenteditable]');
  if (writing || key.isComposing || key.ctrlKey || key.metaKey || key.altKey) return;
  if (key.key === 'n') document.querySelector('[data-key="n"]')?.click();
});

document.querySelector('[data-print]')?.addEventListener('click', () => window.print());
