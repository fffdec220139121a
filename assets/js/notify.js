// The browser's own notifications, while this page is not to be seen; and the count in the title.
// Permission is asked once, by the click on "on duty".

import { told } from './page.js';

const shown = new Map();
const title = document.title;

/** Asks, inside a click, unless the person has answered before. */
export async function ask() {
  if (!('Notification' in window) || localStorage.getItem('asked-to-notify')) return;
  localStorage.setItem('asked-to-notify', await Notification.requestPermission());
}

/** Shows a waiting call; a later alarm of the same call replaces the earlier. */
export function show(call, heading, body) {
  const may = 'Notification' in window && Notification.permission === 'granted';
  if (!may || !document.hidden || localStorage.getItem('duty') !== 'on') return;
  try {
    const note = new Notification(heading, { body, tag: call, renotify: true, silent: true });
    note.onclick = () => { window.focus(); note.close(); };
    shown.set(call, note);
  } catch {
    // phones allow notifications from service workers only
  }
}

/** The call waits no more. */
export function close(call) {
  shown.get(call)?.close();
  shown.delete(call);
}

/** Says in the title how many ring: "(3) 振铃". */
export function count(ringing) {
  const words = told('titleRinging') ?? '({n})';
  document.title = ringing > 0 ? `${words.replace('{n}', ringing)} · ${title}` : title;
}
