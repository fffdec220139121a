// Numbers are grouped by the script as the server groups them: one table of cases for both.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const file = (name) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');

test('a number is read in the groups of its kind', async () => {
  const script = await file('assets/js/aloud.js');
  const { grouped } = await import(`data:text/javascript,${encodeURIComponent(script)}`);
  const cases = JSON.parse(await file('tests/fixtures/read-aloud.json'));
  assert.ok(cases.length > 50);
  for (const [written, said] of cases) assert.equal(grouped(written), said, written);
});

test('a number in a sentence is read in its groups and nothing else is touched', async () => {
  const script = await file('assets/js/aloud.js');
  const { groupedIn } = await import(`data:text/javascript,${encodeURIComponent(script)}`);
  const cases = JSON.parse(await file('tests/fixtures/read-in-a-sentence.json'));
  for (const [written, said] of cases) assert.equal(groupedIn(written), said, written);
});
