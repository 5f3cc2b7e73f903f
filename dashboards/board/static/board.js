// An open page: it counts down, receives what changes, and never moves what somebody reads.
"use strict";

const LOST_AFTER_MS = 5000;
const WALL_EVERY_MS = 5000;
const PROGRESS_EVERY_MS = 1000;
const page = document.body.dataset;
const byId = (id) => document.getElementById(id);
const stored = {
  get: (name) => document.cookie.match(`(?:^|; )cdi_${name}=([^;]*)`)?.[1] ?? "",
  set: (name, value) => { document.cookie = `cdi_${name}=${value}; Path=/; SameSite=Lax; Max-Age=31536000`; },
};

// --- Appearance -------------------------------------------------------------------------------------------------
const dark = () => (stored.get("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const switches = {
  theme: { on: dark, set: (on) => { stored.set("theme", on ? "dark" : "light"); document.documentElement.dataset.theme = on ? "dark" : "light"; } },
  size: { on: () => stored.get("size") === "large", set: (on) => { stored.set("size", on ? "large" : ""); document.documentElement.dataset.size = on ? "large" : ""; } },
  sound: { on: () => stored.get("sound") === "on", set: (on) => { stored.set("sound", on ? "on" : ""); if (on) beep(); } },
  keys: { on: () => stored.get("keys") !== "off", set: (on) => { stored.set("keys", on ? "" : "off"); } },
  wall: { on: () => stored.get("wall") === "on", set: (on) => { stored.set("wall", on ? "on" : ""); } },
};
for (const button of document.querySelectorAll("[data-toggle]")) {
  const own = switches[button.dataset.toggle];
  button.setAttribute("aria-pressed", String(own.on()));
  button.addEventListener("click", () => { own.set(!own.on()); button.setAttribute("aria-pressed", String(own.on())); });
}
for (const part of document.querySelectorAll("[data-look], [data-live-bar]")) part.hidden = false;
for (const part of document.querySelectorAll("[data-still]")) part.hidden = true;

let audio = null;
function beep() {
  audio ??= new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.15, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
}

// --- Countdowns: only rows in view are written, and only when their words change ---------------------------------
let skew = 0;          // the server's clock less ours
let presents = null;   // the present of each force as of the last pulse, and the wall clock then
let pulseWall = null;
const MIN = 60000, HOUR = 3600000, DAY = 86400000;
const two = (number) => String(number).padStart(2, "0");
function span(length) {
  const ms = Math.abs(length);
  if (ms >= 2 * DAY) return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
  if (ms >= HOUR) return `${Math.floor(ms / HOUR)} h ${two(Math.floor((ms % HOUR) / MIN))} min`;
  return ms >= MIN ? `${Math.floor(ms / MIN)} min` : `${Math.floor(ms / 1000)} s`;
}
function present(force) {
  const moment = presents?.[force];
  return moment === undefined || moment === pulseWall ? Date.now() + skew : moment;
}
const inView = new Set();
const viewport = new IntersectionObserver((entries) => {
  for (const entry of entries) entry.isIntersecting ? (inView.add(entry.target), write(entry.target)) : inView.delete(entry.target);
});
function write(node) {
  if (presents === null) return;
  const left = Number(node.dataset.due) - present(node.dataset.force);
  const words = left > 0 ? span(left) : `${span(left)} over`;
  if (node.textContent !== words) node.textContent = words;
}
function observe(root) {
  for (const node of root.querySelectorAll(".count[data-due]")) viewport.observe(node);
}
function countDown() {
  for (const node of inView) node.isConnected ? write(node) : (inView.delete(node), viewport.unobserve(node));
}
observe(document);
setInterval(countDown, 1000);

// --- State of the feeds and the connection -----------------------------------------------------------------------
const title = document.title;
let lastPulseAt = Date.now();
let lost = false;
let badge = 0;
const time = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minute = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const minuteOfYear = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
const year = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", year: "numeric" });
const today = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", dateStyle: "short" });
let warnings = [...document.querySelectorAll("#warnings li")].map((item) => item.textContent).join("\n");

function setTitle() {
  document.title = lost ? `⚠ Connection lost – ${title}` : warnings ? `⚠ ${badge ? `(${badge}) ` : ""}${title}` : badge ? `(${badge}) ${title}` : title;
}
function warn(lines) {
  const text = lines.join("\n");
  if (text === warnings) return;
  warnings = text;
  byId("warnings").replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  setTitle();
}
function setLost(now) {
  if (now === lost) return;
  lost = now;
  byId("strip").classList.toggle("strip-lost", lost);
  if (lost) {
    delete document.body.dataset.connected;
    warn([`Connection lost. What you see is as of ${time.format(lastPulseAt + skew)} and does not change.`]);
    byId("strip-state").textContent = "Not connected; trying again";
  }
  setTitle();
}
function pulse(data) {
  lastPulseAt = Date.now();
  skew = data.wall - lastPulseAt;
  pulseWall = data.wall;
  presents = data.presents;
  document.body.dataset.connected = "yes";
  setLost(false);
  warn(data.warnings);
  byId("strip").classList.toggle("strip-bad", data.warnings.length > 0);
  byId("strip").classList.toggle("strip-unknown", !data.feeds);
  const to = data.asOf === null ? "" : `, complete to ${today.format(data.asOf) === today.format(data.wall) ? time.format(data.asOf).slice(0, 5) : (year.format(data.asOf) === year.format(data.wall) ? minute : minuteOfYear).format(data.asOf)}`;
  byId("strip-state").textContent = !data.feeds ? "No feed is known yet" : data.stale ? `${data.stale} of ${data.feeds} feed${data.feeds === 1 ? "" : "s"} not healthy${to}` : `${data.feeds === 1 ? "The only feed" : `All ${data.feeds} feeds`} healthy${to}`;
  byId("strip-clock").textContent = `${data.behind > 500 ? `reading, ${data.behind} to go; ` : ""}as of ${time.format(data.wall)}`;
  countDown();
}

// What sticks below the strip must know how high it is.
new ResizeObserver(([strip]) => document.documentElement.style.setProperty("--strip", `${strip.target.offsetHeight}px`)).observe(byId("strip") ?? document.body);

// --- The live list -----------------------------------------------------------------------------------------------
const news = { fresh: new Set(), breached: new Set(), gone: new Set(), many: false };
let paused = false;
let queued = [];        // what came while paused, a message each
let since = Number(page.since ?? 0);
const shownRow = (id) => byId(`a-${id}`);

function applyRows(data) {
  for (const row of data.rows) {
    const now = shownRow(row.id);
    if (now === null) {
      news.fresh.add(row.id);
      if (row.status === "BREACHED") news.breached.add(row.id);
      continue;
    }
    if (now.dataset.status === "AT_RISK" && row.status === "BREACHED") news.breached.add(row.id);
    updateRow(now, row.html);
    news.gone.delete(row.id);
  }
  for (const id of data.gone) {
    const now = shownRow(id);
    news.fresh.delete(id);
    if (now === null || now.classList.contains("is-gone")) continue;
    now.classList.add("is-gone");
    now.querySelector(".c-status").append(Object.assign(document.createElement("span"), { className: "about", textContent: "No longer in this list" }));
    news.gone.add(id);
  }
  for (const [name, number] of Object.entries(data.counts)) {
    const node = document.querySelector(`[data-count="${name}"]`);
    if (node && node.textContent !== String(number)) node.textContent = number;
  }
}
function updateRow(row, html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  const next = made.content.firstElementChild;
  row.className = next.className + (row.dataset.status === next.dataset.status ? "" : " is-changed");
  row.dataset.status = next.dataset.status;
  [...next.cells].forEach((cell, index) => {
    const old = row.cells[index];
    if (old.innerHTML === cell.innerHTML) return;
    if (old.contains(document.activeElement)) return;   // what somebody is on stays as it is
    const chosen = old.querySelector(".choose")?.checked;
    old.replaceChildren(...cell.childNodes);
    if (chosen) old.querySelector(".choose").checked = true;
    observe(old);
  });
}
let lastAnnounced = "";
function showNews() {
  const parts = [];
  if (news.many) parts.push("many changes");
  if (news.fresh.size) parts.push(`${news.fresh.size} new`);
  if (news.breached.size) parts.push(`${news.breached.size} breached`);
  if (news.gone.size) parts.push(`${news.gone.size} gone`);
  const waiting = parts.join(", ");
  byId("bring-in").hidden = waiting === "";
  const kept = new Set(queued.flatMap((data) => [...data.rows.map((row) => row.id), ...data.gone])).size;
  const pause = kept ? `Paused, ${kept} held` : "Paused";
  byId("news").textContent = paused ? [pause, waiting].filter(Boolean).join("; ") : waiting || "Up to date";
  badge = news.many ? "many" : new Set([...news.fresh, ...news.breached]).size;   // one that is new and breached is one
  setTitle();
  if (waiting !== lastAnnounced && waiting) announceSoon(waiting);
  lastAnnounced = waiting;
}
let announcing = null;
function announceSoon(words) {   // gathered, so that a storm is not read out row by row
  announcing = announcing ? (announcing.words = words, announcing) : { words };
  if (announcing.timer) return;
  const own = announcing;
  own.timer = setTimeout(() => {
    byId("announcement").textContent = own.words;
    if (switches.sound.on() && news.breached.size) beep();
    announcing = null;
  }, 1000);
}
async function reloadList({ keepFocus }) {
  const focused = document.activeElement?.closest("tr[data-id]")?.dataset.id;
  queued = [];   // older than what is fetched now
  const answer = await fetch(location.href, { headers: { "x-fragment": "1" } });
  if (answer.status === 401) return location.reload();
  if (!answer.ok) return;
  const chosen = new Set(chosenBoxes().map((box) => box.value));
  byId("lists").innerHTML = await answer.text();
  for (const box of byId("lists").querySelectorAll(".choose")) box.checked = chosen.has(box.value);
  countChosen();
  for (const set of [news.fresh, news.breached, news.gone]) set.clear();
  news.many = false;
  lastAnnounced = "";
  observe(byId("lists"));
  showNews();
  const again = focused && shownRow(focused)?.querySelector("a");
  if (again) again.focus({ preventScroll: true });
  else if (!keepFocus) byId("lists").querySelector("h2, .empty-said")?.setAttribute("tabindex", "-1"), byId("lists").querySelector("h2, .empty-said")?.focus();
}
const chosenBoxes = () => [...byId("lists").querySelectorAll(".choose:checked")];
function countChosen() {
  if (byId("chosen")) byId("chosen").textContent = chosenBoxes().length ? `${chosenBoxes().length} chosen` : "";
}
function startList() {
  byId("lists").addEventListener("change", countChosen);
  byId("choose-all")?.addEventListener("click", () => {
    const boxes = [...byId("lists").querySelectorAll(".choose")];
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
    countChosen();
  });
  countChosen();
  byId("bring-in").addEventListener("click", () => reloadList({ keepFocus: false }));
  byId("pause").addEventListener("click", (event) => {
    paused = !paused;
    event.currentTarget.setAttribute("aria-pressed", String(paused));
    event.currentTarget.textContent = paused ? "Resume" : "Pause";
    if (!paused) queued.splice(0).forEach(applyRows);
    showNews();
  });
  setInterval(() => { if (switches.wall.on() && !paused && !lost && !byId("bring-in").hidden) reloadList({ keepFocus: true }); }, WALL_EVERY_MS);
  byId("lists").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target.closest?.("tr[data-id]");
    if (!step || !row || event.altKey || event.ctrlKey || event.metaKey) return;
    const rows = [...byId("lists").querySelectorAll("tr[data-id]")];
    const next = rows[rows.indexOf(row) + step]?.querySelector("a");
    if (next) { event.preventDefault(); next.focus(); }
  });
}

// --- An alert's page ---------------------------------------------------------------------------------------------
async function reloadAlert() {
  const answer = await fetch(location.pathname, { headers: { "x-fragment": "1" } });
  if (answer.status === 401) return location.reload();
  if (!answer.ok) return;
  const before = byId("done").textContent, textBefore = apartFromTime(byId("body"));
  byId("body").innerHTML = await answer.text();
  observe(byId("body"));
  const handling = byId("done").textContent;
  if (apartFromTime(byId("body")) === textBefore) return;   // nothing that anybody would want read out
  byId("announcement").textContent = handling === before ? "This alert has changed." : handling.trim().replace(/\s+/g, " ");
}
function apartFromTime(body) {   // what a page says, without what time alone changes
  const copy = body.cloneNode(true);
  for (const node of copy.querySelectorAll(".count, svg")) node.remove();
  return copy.textContent.trim().replace(/\s+/g, " ");
}

// --- The connection ----------------------------------------------------------------------------------------------
function connect() {
  const query = new URLSearchParams(location.search);
  query.set("since", since);
  for (const about of (page.about ?? "").trim().split(" ").filter(Boolean)) query.append("about", about);
  const source = new EventSource(`${page.events}?${query}`);
  const on = (name, take) => source.addEventListener(name, (event) => { since = Math.max(since, Number(event.lastEventId)); take(JSON.parse(event.data)); });
  on("pulse", pulse);
  on("rows", (data) => { if (paused) queued.push(data); else applyRows(data); showNews(); });
  on("many", () => { news.many = true; if (page.page === "alert") reloadAlert(); else showNews(); });
  on("changed", reloadAlert);
  on("signed-out", () => { source.close(); location.reload(); });
  on("reload", () => { source.close(); news.many = true; if (page.page === "live") showNews(); setTimeout(connect, 1000); });
  source.addEventListener("error", async () => {
    if (source.readyState !== EventSource.CLOSED) return;   // the browser tries again by itself
    const answer = await fetch(`${page.base}/signed-in`).catch(() => null);
    if (answer?.status === 401) location.reload();
    else setTimeout(connect, 2000);
  });
}
// --- A comparison under way --------------------------------------------------------------------------------------
async function followProgress() {
  const answer = await fetch(page.progress).catch(() => null);
  if (answer && !answer.ok) return location.reload();   // signed out, or removed
  if (answer) {
    const data = await answer.json();
    if (data.state === "DONE" || data.state === "FAILED") return location.reload();
    if (data.share !== null) byId("progress-bar").value = data.share;
    if (data.phase && byId("progress-said").textContent !== data.phase) byId("progress-said").textContent = data.phase;
  }
  setTimeout(followProgress, PROGRESS_EVERY_MS);
}

// --- A report that one reads: nobody else is given it, until one leaves or its time is up --------------------------
if (byId("leave")) {
  addEventListener("pagehide", () => navigator.sendBeacon(`${page.base}/reviews/leave`, new URLSearchParams(new FormData(byId("leave")))));
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  setTimeout(() => { byId("lease-ended").hidden = false; byId("lease").hidden = true; }, Number(page.leaseMs));
}

// --- Answers by key: one for each of the commonest, unless they are switched off ----------------------------------
const answers = [...document.querySelectorAll("[data-key]")];
if (answers.length) document.addEventListener("keydown", (event) => {
  if (!switches.keys.on() || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  if (event.target.closest?.("input, textarea, select")) return;
  const button = answers.find((each) => each.dataset.key === event.key.toLowerCase());
  if (!button) return;
  event.preventDefault();
  const asked = button.form.querySelector("[required]");
  if (asked && !asked.value.trim()) asked.focus(); else button.click();
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
if (page.progress) followProgress();
if (page.page === "live") startList();
if (page.events) {
  connect();
  setInterval(() => setLost(Date.now() - lastPulseAt > LOST_AFTER_MS), 500);
}
