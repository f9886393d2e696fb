/* Cornerstore: tells what a visitor does here, unless the visitor objects. */
(() => {
const w = window, nav = navigator, me = document.currentScript, widget = me.dataset.widget || 'site',
  url = new URL('widget/sessions', me.src).href, key = 'cornerstore:' + widget,
  // At most: events kept; events, characters of a batch; milliseconds of a token, between tries.
  KEPT = 100, BATCH = 20, CHARS = 2e4, USE = 15e5, PACE = 5e3, SLOWEST = 3e5;
let mem = {}, tries = 0, before = document.referrer, busy, dead, timer, last;

// A browser's tabs share what is kept.
const load = () => {
  try { mem = JSON.parse(localStorage.getItem(key)) || mem; } catch (e) { }
  mem.q = mem.q || [];
  return mem;
};
const change = (fields) => {
  Object.assign(load(), fields);
  try { localStorage.setItem(key, JSON.stringify(mem)); } catch (e) { }
};
const objects = () => nav.doNotTrack == 1 || w.doNotTrack == 1 || nav.globalPrivacyControl || load().off;
const cut = (value, length = 4e3) => value == null ? undefined : String(value).slice(0, length);
const bare = (address) => cut(address.split(/[?#]/)[0]);
const later = (wait) => {
  clearTimeout(timer);
  timer = setTimeout(() => { timer = 0; flush(); }, wait);
};

const add = (kind, event) => {
  if (objects()) return;
  const id = crypto.getRandomValues(new Uint32Array(4)).join('-');
  const q = load().q.concat(Object.assign(event, { id, at: Date.now(), kind })).slice(-KEPT);
  change({ q });
  if (q.length < BATCH || tries) timer || later(PACE);
  else flush();
};

const drop = (batch) => {
  const ids = batch.map((event) => event.id);
  change({ q: load().q.filter((event) => !ids.includes(event.id)) });
  // Whoever comes after an end is somebody else.
  if (batch.some((event) => event.kind == 'end')) change({ t: 0, v: 0 });
};

const flush = async (leaving) => {
  const { q, t, v, x } = load(), begun = t && x > Date.now(), events = [];
  if (objects() || dead || !q.length || (leaving ? !begun : busy)) return;
  let size = 0, wait = 0;
  q.slice(0, BATCH).every((event) => {
    size += JSON.stringify(event).length;
    return (size < CHARS || !events[0]) && events.push(event) && event.kind != 'end';
  });
  const body = JSON.stringify(begun ? { widget, token: t, events } : { widget, visitor_secret: v || undefined });
  if (leaving) {
    if (nav.sendBeacon(url, body)) drop(events);
    return;
  }
  busy = 1;
  try {
    const r = await fetch(url, { method: 'POST', body, keepalive: true, credentials: 'omit' }), s = r.status;
    if (s == 201) {
      const a = await r.json();
      change({ t: a.token, v: a.visitor_secret || v, x: Date.now() + USE });
    } else if (s == 401 || s == 429 || s > 499) {
      if (s == 401) change({ t: 0 });
      wait = r.headers.get('retry-after') * 1e3;
      throw s;
    } else if (begun && s != 403 && s != 404) drop(events);
    else dead = 1;
    tries = 0;
  } catch (e) {
    wait = Math.max(wait, Math.min(SLOWEST, 1e3 * 2 ** tries++));
  }
  busy = 0;
  if (load().q.length) later(wait * (1 + Math.random() / 4));
};

const page = () => {
  const url = bare(location.href);
  if (url != last) add('page', { url, title: cut(document.title), referrer: bare(before) });
  before = last = url;
};

w.cornerstore = {
  track(name, given) {
    const attributes = {};
    for (const k of Object.keys(given || {}).slice(0, 20)) attributes[cut(k, 64)] = cut(given[k], 200);
    add('action', { name: cut(name, 99), attributes });
  },
  identify(who) { add('identify', { email: cut(who.email), phone: cut(who.phone), name: cut(who.name) }); },
  message(text) { add('message', { text: cut(text) }); },
  end() { add('end', {}); flush(); },
  optOut() { objects() || change({ off: 1, q: [], t: 0, v: 0 }); }
};

if (objects()) return;
const push = history.pushState;
history.pushState = function () {
  push.apply(this, arguments);
  setTimeout(page);
};
w.addEventListener('popstate', page);
w.addEventListener('online', () => flush());
w.addEventListener('pagehide', () => flush(1));
document.addEventListener('visibilitychange', () => document.hidden && flush(1));
page();
flush();
})();
