/* Cornerstore: tells what a visitor does here, unless the visitor objects. */
(() => {
const w = window, nav = navigator, me = document.currentScript, widget = me.dataset.widget || 'site',
  url = new URL('widget/sessions', me.src).href, key = 'cornerstore:' + widget,
  // At most: events kept; events, characters of a batch; milliseconds of a token, between tries, as an answer asks.
  KEPT = 100, BATCH = 20, CHARS = 2e4, USE = 15e5, PACE = 5e3, SLOWEST = 3e5, ASKED = 36e5;
let mem = {}, tries = 0, before = document.referrer, busy, dead, alone, timer, last;

// Tabs share events q, the ids b of those that a beacon has, token t until x, the visitor's secret v and id i.
const load = () => {
  try { mem = !alone && JSON.parse(localStorage.getItem(key)) || mem; } catch (e) { }
  return mem = Object.assign({ q: [], b: [] }, mem);
};
const change = (fields) => {
  Object.assign(load(), fields);
  try { localStorage.setItem(key, JSON.stringify(mem)); } catch (e) { alone = 1; }
};
const begun = () => load().t && mem.x > Date.now();
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

const drop = (ids) => {
  const { q, b } = load(), stays = (id) => !ids.includes(id);
  // Whoever comes after an end is somebody else.
  if (q.some((event) => event.kind == 'end' && !stays(event.id))) change({ t: 0, v: 0, i: 0 });
  change({ q: q.filter((event) => stays(event.id)), b: b.filter(stays) });
};

const flush = async (leaving) => {
  if (objects() || dead || (leaving ? !begun() || nav.onLine === false : busy)) return;
  // In another session they would be told twice.
  if (!begun() && mem.b[0]) drop(mem.b);
  const { q, b, t, v } = load(), old = begun(), events = [];
  let size = 0, wait = 0;
  q.every((event) => {
    if (!leaving || !b.includes(event.id)) {
      size += JSON.stringify(event).length;
      if (events.length == BATCH || size > CHARS && events[0]) return;
      events.push(event);
    }
    return event.kind != 'end';
  });
  if (!events[0]) return;
  const ids = events.map((event) => event.id);
  const body = JSON.stringify(old ? { widget, token: t, events } : { widget, visitor_secret: v || undefined });
  if (leaving) {
    // Nobody hears how that goes, so they stay until a fetch has told them.
    if (nav.sendBeacon(url, body)) change({ b: b.concat(ids).slice(-KEPT) });
    return;
  }
  busy = 1;
  try {
    const r = await fetch(url, { method: 'POST', body, keepalive: true, credentials: 'omit' }), s = r.status;
    if (s == 201) {
      const a = await r.json();
      // Not after an objection, nor when another tab was faster.
      if (!objects() && !begun() && (mem.v || 0) == (v || 0))
        change({ t: a.token, v: a.visitor_secret || v, i: a.visitor_id, x: Date.now() + USE });
    } else if (s == 401 || s == 429 || s > 499) {
      // So was any beacon.
      if (s == 401 && load().t == t) change({ t: 0, b: [] });
      const after = r.headers.get('retry-after');
      wait = Math.min(ASKED, after * 1e3 || Date.parse(after) - Date.now() || 0);
      throw s;
    } else if (old && s != 403 && s != 404) drop(ids);
    else if (s == 400 && v) load().v == v && change({ v: 0, i: 0 });
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
  get visitor() { return !objects() && load().i || ''; },
  track(name, given) {
    const attributes = {};
    for (const k of Object.keys(given || {}).slice(0, 20)) attributes[cut(k, 64)] = cut(given[k], 200);
    add('action', { name: cut(name, 99), attributes });
  },
  identify(who) { add('identify', { email: cut(who.email), phone: cut(who.phone), name: cut(who.name) }); },
  message(text) { add('message', { text: cut(text) }); },
  end() { add('end', {}); flush(); },
  optOut() { objects() || change({ off: 1, q: [], b: [], t: 0, v: 0, i: 0 }); }
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
