/* As much of a browser as the script sees. What the test does with it stands in `browser.rs`. */
const browser = { now: 0, timers: [], asked: [], beacons: [], listeners: {}, next: 1, takesBeacons: true, stored: 0 };
const listen = (kind, heard) => { (browser.listeners[kind] = browser.listeners[kind] || []).push(heard); };
const happens = (kind) => (browser.listeners[kind] || []).forEach((heard) => heard({ type: kind }));
const later = (done, wait) => {
  const id = browser.next++;
  browser.timers.push({ id, at: browser.now + (wait || 0), done });
  return id;
};
const window = globalThis;
const navigator = {
  sendBeacon(url, body) {
    if (browser.takesBeacons) browser.beacons.push({ url, body });
    return browser.takesBeacons;
  }
};
const location = { href: '' };
const document = { referrer: '', title: '', hidden: false, currentScript: null, addEventListener: listen };
const history = {
  pushState(state, title, url) { location.href = url; }
};
const storage = {};
const localStorage = {
  getItem(key) { return key in storage ? storage[key] : null; },
  setItem(key, value) { browser.stored++; storage[key] = String(value); }
};
const crypto = {
  getRandomValues(array) { return array.map(() => Math.floor(browser.random() * 2 ** 32)); }
};
class URL {
  constructor(path, base) { this.href = base.slice(0, base.lastIndexOf('/') + 1) + path; }
}
const fetch = (url, options) => new Promise((done, failed) => {
  browser.asked.push({ id: browser.next++, url, options, done, failed });
});
const addEventListener = listen, setTimeout = later, clearTimeout = (id) => {
  browser.timers = browser.timers.filter((timer) => timer.id != id);
};
Object.assign(globalThis, {
  window, navigator, location, document, history, localStorage, crypto, URL, fetch, addEventListener, setTimeout, clearTimeout
});
Date.now = () => browser.now;
browser.random = Math.random;
Math.random = () => 0;

/* Lets time pass; a timer that is due runs at its time. */
browser.pass = (millis) => {
  const end = browser.now + millis;
  for (; ;) {
    const due = browser.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
    if (!due) break;
    browser.now = Math.max(browser.now, due.at);
    clearTimeout(due.id);
    due.done();
  }
  browser.now = end;
};
/* What was asked for and not yet answered. */
browser.open = () => JSON.stringify(browser.asked.map(({ id, url, options }) => ({ id, url, options })));
browser.answer = (id, status, headers, text) => {
  const { done } = browser.asked.find((asked) => asked.id == id);
  browser.asked = browser.asked.filter((asked) => asked.id != id);
  done({
    status,
    ok: status > 199 && status < 300,
    headers: { get: (name) => name in headers ? headers[name] : null },
    json: () => Promise.resolve(text).then(JSON.parse)
  });
};
browser.fail = (id) => {
  const { failed } = browser.asked.find((asked) => asked.id == id);
  browser.asked = browser.asked.filter((asked) => asked.id != id);
  failed(new TypeError('Failed to fetch'));
};
