// The browser's half of the measurement in benches/pop.rs: signs in, opens the console, and notes for
// each caller's name the animation frames in which its card was there: in the queue, and large in hand. Says "ready", waits for a line
// on standard input, then says what it saw as one JSON object.

import { createInterface } from 'node:readline';
import { browser } from './house.mjs';

const { PANEL, PASSWORD } = process.env;
const opened = await browser();
const context = await opened.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
await context.addInitScript(() => {
  window.drawn = { queue: {}, hand: {} };
  const note = (place, name) => requestAnimationFrame(() => { window.drawn[place][name] ??= Math.round(performance.timeOrigin + performance.now()); });
  document.addEventListener('DOMContentLoaded', () => {
    const queue = document.getElementById('queue');
    if (!queue) return;
    new MutationObserver(() => {
      for (const who of queue.querySelectorAll('.who-n bdi')) if (!(who.textContent in window.drawn.queue)) note('queue', who.textContent);
      const large = document.querySelector('#hand .name bdi');
      if (large && !(large.textContent in window.drawn.hand)) note('hand', large.textContent);
    }).observe(document.querySelector('main'), { childList: true, subtree: true, characterData: true });
  });
});
const page = await context.newPage();
await page.goto(`${PANEL}/sign-in`);
await page.fill('[name=login]', 'li');
await page.fill('[name=password]', PASSWORD);
await page.keyboard.press('Enter');
await page.waitForURL(/\/console/);
await page.waitForFunction(() => document.documentElement.dataset.stale === 'live');
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'done') continue;
  await page.waitForTimeout(1_000);
  console.log(JSON.stringify(await page.evaluate(() => window.drawn)));
  break;
}
await opened.close();
