// What every page is asked: in both languages, themes and sizes it is no wider than its window, says
// nothing in the browser's console and can be used by everyone (axe).

import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';

/** Where pictures are kept; without it none are taken: they are the slow part after axe. */
export const PICTURES = process.env.PICTURES;
if (PICTURES) mkdirSync(PICTURES, { recursive: true });

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

const look = (tongue, theme, phone) => ({ tongue, theme, phone, name: `${tongue === 'en' ? 'en.' : ''}${phone ? 'phone' : 'desktop'}.${theme}` });

/** Two looks each that have nothing in common; together every size in every language and every theme. */
const PAIRS = [
  [look('zh-CN', 'light', false), look('en', 'dark', true)],
  [look('zh-CN', 'light', true), look('en', 'dark', false)],
];
/** The others, whose widths and colours are those of the four: only for pictures. */
const MORE = [look('zh-CN', 'dark', false), look('zh-CN', 'dark', true), look('en', 'light', false), look('en', 'light', true)];
export const LOOKS = PICTURES ? [...PAIRS.flat(), ...MORE] : PAIRS.flat();

/** Whether axe is asked about the nth page in that look: one pair for each, which halves the time. */
export const asked = (nth, one) => PAIRS[nth % PAIRS.length].includes(one);

/** Everything that is wrong with an open page, in words. */
export async function wrong(page, { axe = true } = {}) {
  const found = [];
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wider > 0) found.push(`${wider} px wider than its window`);
  if (!axe) return found;
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }), RULES);
  for (const one of violations) found.push(`${one.id}: ${one.nodes.map((node) => `${node.target} ${node.any.map((check) => check.message)}`).join('; ')}`);
  return found;
}

/** Takes a picture of a page, where pictures are wanted. */
export async function picture(page, name, one, { fullPage = false } = {}) {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.${one.name}.png`, fullPage });
}
