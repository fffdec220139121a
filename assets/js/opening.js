// The list before a desk opens: a photo goes as soon as it was taken, made small first.

import { refresh } from './live.js';
import { shrunk } from './shrink.js';

document.addEventListener('change', async (event) => {
  const field = event.target.closest?.('[data-photo]');
  const form = field?.form;
  if (!form || field.files.length === 0) return;
  const parts = new FormData();
  try {
    parts.set('file', await shrunk(field.files[0]), 'photo.jpg');
    const answer = await fetch(form.action, { method: 'POST', body: parts, headers: { accept: 'application/json' } });
    if (!answer.ok) throw new TypeError('not kept');
    refresh();
  } catch {
    // no picture that this browser can read, or no house: whoever answers says so
    form.submit();
  }
});
