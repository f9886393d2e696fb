/* Cornerstore: tells what visitors do here, unless they object. */
(() => {
const w = window, d = document, nav = navigator, me = d.currentScript, widget = me.dataset.widget || 'site',
  url = new URL('widget/sessions', me.src).href, key = 'cornerstore:' + widget,
  // Most events; events, characters a batch; ms a token, between tries, if asked.
  KEPT = 100, BATCH = 20, CHARS = 2e4, USE = 15e5, PACE = 5e3, SLOW = 3e5, ASKED = 36e5;
let mem = {}, tries = 0, before = d.referrer, gone = [], busy, dead, alone, timer, last;

// Tabs share events q, ids b of those perhaps told under token t till x, visitor's secret v, id i.
const load = () => {
  try { mem = !alone && JSON.parse(localStorage.getItem(key)) || mem; } catch (e) { }
  return mem = Object.assign({ q: [], b: [] }, mem);
};
const change = (to) => {
  Object.assign(load(), to);
  try { localStorage.setItem(key, JSON.stringify(mem)); } catch (e) { alone = 1; }
};
const not = (ids) => (id) => !ids.includes(id);
const begun = () => load().t && mem.x > Date.now();
const objects = () => nav.doNotTrack == 1 || w.doNotTrack == 1 || nav.globalPrivacyControl || load().off;
const cut = (v, n = 4e3) => v == null ? undefined : String(v).slice(0, n);
const bare = (url) => cut(url.split(/[?#]/)[0]);
const later = (wait) => {
  clearTimeout(timer);
  timer = setTimeout(() => { timer = 0; flush(); }, wait);
};

const add = (kind, event) => {
  if (objects()) return;
  const id = crypto.getRandomValues(new Uint32Array(4)).join('-'),
    q = load().q.concat(Object.assign(event, { id, at: Date.now(), kind })).slice(-KEPT);
  change({ q });
  if (q.length < BATCH || tries) timer || later(PACE);
  else flush();
};

const drop = (ids) => {
  const { q, b } = load(), stays = not(ids);
  // After an end: somebody else.
  if (q.some((e) => e.kind == 'end' && !stays(e.id))) change({ t: 0, v: 0, i: 0 });
  change({ q: q.filter((e) => stays(e.id)), b: b.filter(stays) });
};

const flush = async (leaving) => {
  if (objects() || dead || (leaving ? !begun() || nav.onLine === false : busy)) return;
  const { q, b, t, v } = load(), told = (e) => b.includes(e.id), events = [],
    // In another session they count twice.
    again = !begun() && t && q.some(told), old = again || begun();
  let size = 0, wait = 0;
  q.every((e) => {
    if (leaving ? not(gone)(e.id) : !again || told(e)) {
      size += JSON.stringify(e).length;
      if (events.length == BATCH || size > CHARS && events[0]) return;
      events.push(e);
    }
    return e.kind != 'end';
  });
  if (!events[0]) return;
  const ids = events.map((e) => e.id), fresh = ids.filter(not(b)),
    mark = (ids) => change({ b: load().b.filter(not(fresh)).concat(ids).slice(-KEPT) }),
    body = JSON.stringify(old ? { widget, token: t, events } : { widget, visitor_secret: v || undefined });
  if (leaving) {
    if (nav.sendBeacon(url, body)) mark(fresh), gone = gone.concat(ids).slice(-KEPT);
    return;
  }
  busy = 1;
  if (old) mark(fresh);
  try {
    const r = await fetch(url, { method: 'POST', body, keepalive: 1, credentials: 'omit' }), s = r.status;
    // Refused; a beacon may have it.
    if (s > 400 && s < 500) mark(fresh.filter((id) => gone.includes(id)));
    if (s == 201) {
      const a = await r.json();
      // Unless a tab was faster.
      if (!objects() && !begun() && (mem.v || 0) == (v || 0))
        change({ t: a.token, v: a.visitor_secret || v, i: a.visitor_id, x: Date.now() + USE });
    } else if (s == 401 || s == 429 || s > 499) {
      if (s == 401 && load().t == t) drop(mem.b), change({ t: 0 });
      const after = r.headers.get('retry-after');
      wait = Math.min(ASKED, after * 1e3 || Date.parse(after) - Date.now() || 0);
      throw s;
    } else if (old && s != 403 && s != 404) drop(ids);
    else if (s == 400 && v) load().v == v && change({ v: 0, i: 0 });
    else dead = 1;
    tries = 0;
  } catch (e) {
    wait = Math.max(wait, Math.min(SLOW, 1e3 * 2 ** tries++));
  }
  busy = 0;
  if (load().q.length) later(wait * (1 + Math.random() / 4));
};

const page = () => {
  const url = bare(location.href);
  if (url != last) add('page', { url, title: cut(d.title), referrer: bare(before) });
  before = last = url;
};

w.cornerstore = {
  get visitor() { return !objects() && load().i || ''; },
  track(name, given) {
    const a = {};
    for (const k of Object.keys(given || {}).slice(0, 20)) a[cut(k, 64)] = cut(given[k], 200);
    add('action', { name: cut(name, 99), attributes: a });
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
addEventListener('popstate', page);
addEventListener('online', () => flush());
addEventListener('pagehide', () => flush(1));
d.addEventListener('visibilitychange', () => d.hidden && flush(1));
page();
flush();
})();
