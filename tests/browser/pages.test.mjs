import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
test('stay', async () => { writeFileSync('/tmp/panel-url', process.env.PANEL); await new Promise((r) => setTimeout(r, 3600_000)); });
