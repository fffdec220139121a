// The panel's service worker: keeps the engineer's and the greeter's page for places without a network, and shows what is pushed
// while no page is open. Every other page goes to the server as if this were not here.

const KEPT = 'jobs-1';
const PAGES = ['/my/jobs', '/my/floor'];

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

/** A page with the time it came at: how old it is, it does not know itself. */
function dated(answer) {
  const headers = new Headers(answer.headers);
  for (const name of ['content-encoding', 'content-length']) headers.delete(name);
  headers.set('x-got', Date.now());
  return new Response(answer.body, { status: answer.status, headers });
}

/** A page that was kept, which says when it came. */
async function old(kept) {
  const got = kept.headers.get('x-got');
  if (!got) return kept;
  const text = await kept.text();
  return new Response(text.replace('<body ', `<body data-got="${got}" `), { status: kept.status, headers: kept.headers });
}

/**
 * The page from the server, or the one that is kept; a page on the screen that asks anew (`x-anew`) has nothing of one that
 * is older than itself. Who is signed out keeps nothing.
 */
async function page(request, path) {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) await cache.put(path, dated(answer.clone()));
    else if (answer.redirected || answer.type === 'opaqueredirect' || answer.status === 401 || answer.status === 403) await caches.delete(KEPT);
    return answer;
  } catch (away) {
    const known = await cache.match(path);
    if (known && !request.headers.has('x-anew')) return await old(known);
    throw away;
  }
}

/** Assets have their edition in their address: what is kept is right. */
async function asset(request) {
  const cache = await caches.open(KEPT);
  const known = await cache.match(request);
  if (known) return known;
  const answer = await fetch(request);
  // to a page of an older edition the house gives its newest, which is not to be kept
  const lasts = answer.ok && !answer.headers.get('cache-control')?.includes('no-cache');
  if (lasts) await cache.put(request, answer.clone());
  return answer;
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === 'POST' && url.pathname === '/sign-out') {
    event.waitUntil(caches.delete(KEPT));
    return;
  }
  if (request.method !== 'GET') return;
  if (PAGES.includes(url.pathname)) event.respondWith(page(request, url.pathname));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(asset(request));
});

self.addEventListener('push', (event) => {
  const said = event.data?.json() ?? {};
  event.waitUntil(self.registration.showNotification(said.title ?? '', {
    body: said.body ?? '', tag: said.tag, data: { link: said.link ?? '/' }, renotify: Boolean(said.tag),
  }));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data.link));
});
