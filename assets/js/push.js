// "Tell this browser too": asks for permission and gives the push service's address to the house.

const button = document.getElementById('push');
const said = document.getElementById('push-said');
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));

button?.addEventListener('click', async () => {
  if (!('serviceWorker' in navigator) || !('PushManager' in window)) {
    said.textContent = said.dataset.cannot;
    return;
  }
  try {
    if (await Notification.requestPermission() !== 'granted') throw new Error('refused');
    await navigator.serviceWorker.register('/sw.js');
    const ready = await navigator.serviceWorker.ready;
    const subscription = await ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(button.dataset.key) });
    const answer = await fetch('/me/browsers', {
      method: 'POST', body: JSON.stringify(subscription), headers: { 'content-type': 'application/json', accept: 'application/json' },
    });
    said.textContent = answer.ok ? said.dataset.done : said.dataset.cannot;
  } catch (why) {
    said.textContent = why.message === 'refused' ? said.dataset.refused : said.dataset.cannot;
  }
});
