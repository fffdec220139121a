// One event stream per browser, however many tabs are open: browsers allow six connections to one
// server over plain HTTP, and a seventh tab would hang. The tab that holds the lock owns the
// EventSource and tells the others; when it closes, the next takes over and asks for what came
// after the last event it knows.

const KINDS = ['call', 'line', 'staff', 'booking', 'room', 'fault', 'work_order', 'editing', 'notice', 'follow_up', 'presence', 'message', 'script', 'outgoing_call', 'call_plan', 'report', 'question', 'outbox', 'fault_report'];

/**
 * Opens the shared stream.
 * `after`: the journal number the page stands for. `on(name, data)`: called in every tab with
 * `beat`, `up`, `down`, `gap`, or the kind of an event.
 */
export function hub({ url, after, on }) {
  const channel = new BroadcastChannel('live');
  let last = after;
  let leader = false;

  const take = (name, data) => {
    if (data?.seq) {
      if (data.seq <= last) return; // shown already
      last = data.seq;
    }
    on(name, data);
  };
  const tell = (name, data) => {
    channel.postMessage({ name, data });
    take(name, data);
  };

  channel.onmessage = ({ data: { name, data } }) => {
    if (name !== 'hello') take(name, data);
    // a tab that opened between two events may have missed one: say how far the stream is
    else if (leader && last > data.after) channel.postMessage({ name: 'gap', data: {} });
  };

  let opened = false;
  const open = () => {
    const stream = new EventSource(`${url}?after=${last}`);
    const heard = (name) => stream.addEventListener(name, (event) => tell(name, JSON.parse(event.data)));
    KINDS.forEach(heard);
    heard('beat');
    stream.addEventListener('reset', (event) => {
      last = Number(event.lastEventId || last);
      tell('gap', {});
    });
    stream.onopen = () => {
      tell('up', {});
      if (opened) tell('gap', {});
      opened = true;
    };
    stream.onerror = () => {
      tell('down', {});
      // 2 is CLOSED: after an answer that is no stream (401, 502) a browser gives up for good
      if (stream.readyState === 2) setTimeout(open, 2000 + Math.random() * 2000);
    };
  };
  const lead = () => {
    leader = true;
    open();
    return new Promise(() => {}); // until the tab closes
  };

  // without a secure context there are no locks: every tab has a stream of its own
  if (!navigator.locks) lead();
  else navigator.locks.request('live', lead);
  channel.postMessage({ name: 'hello', data: { after } });
}
