// The core of the tag: consent, visit, swap, changes of address in the page. It must stay within 2,048 bytes compressed
// (Rule C-40), so every line here is weighed. The protocol stands in doc.go.
import { Answer, Tag } from "./settings";
import { seen, swap } from "./swap";
import { cookie, keep, kept } from "./visit";

const queue = (window as any).bellwether?.q;
const levels: Record<string, number> = { none: 0, session: 1, full: 2 };
const random = () => Math.random().toString(36).slice(2);
const here = () => location.href.replace(/#(?![!/]).*/, "").slice(0, 1e3);
const more = (name: string, a?: Answer) => import(S.h + "/t/more-" + name + ".js?v=" + S.b).then((m) => m.default(tag, a)).catch(() => {});

let level: number, url = here(), referrer = document.referrer.slice(0, 1e3), page: string;
let due = "page", hit = random(); // what the server has not acknowledged yet
let away = document.hidden, timer: any, every = 0, quiet = 0;
const custom: Record<string, string> = {};

function body(e: string, i: string, lead?: object) {
  if (level) S.x.map((name) => custom[name] = cookie(name)!);
  return JSON.stringify({
    k: S.k, e, c: level, v: kept.v || (level > 1 ? cookie("bellwether") : ""), s: kept.s, u: url, r: referrer,
    lu: kept.u, lr: kept.r,
    l: (navigator as any).language, z: Intl.DateTimeFormat().resolvedOptions().timeZone, w: screen.width, x: custom,
    d: [...seen], p: page, i, lead,
  });
}

const beacon = (e: string, lead?: object) => (navigator as any).sendBeacon(S.h + "/hit", body(e, random(), lead));

async function send() {
  if (away) return;
  const c = level, i = due ? hit : random(), s = kept.s;
  // The next beat comes later each time nothing has happened, and much later after failures.
  every = Math.min(960, every * 2 || 30);
  try {
    const response = await fetch(S.h + "/hit", { method: "POST", body: body(due || "beat", i), keepalive: true, credentials: S.o });
    if (response.ok) {
      const a: Answer = await response.json();
      every = a.b! * Math.min(4, 1.25 ** quiet++);
      if (i == hit) due = "";
      if (c == level) {
        if (s && s != a.s) kept.u = url, kept.r = referrer;
        Object.assign(kept, a, { t: Date.now() });
        keep(c);
        swap(a.n);
        S.f.map((name) => more(name, a));
      }
    }
  } catch {}
  clearTimeout(timer);
  if (every) timer = setTimeout(send, every * 1e3);
}

function fresh(what: string) {
  due = what;
  hit = random();
  quiet = 0;
  send();
}

function consent(to: any) {
  const before = level;
  level = Math.min(levels[to] ?? to, (navigator as any).globalPrivacyControl ? S.g : 2) | 0;
  if (page && before != level) {
    fresh("consent");
    if (level < before) keep(level);
  }
}

// moved looks whether the address is another page. What replaces the query alone is a filter, or takes tags away.
function moved(how: unknown) {
  const to = here();
  if (to != url && (how != "replaceState" || to.split("?")[0] != url.split("?")[0])) {
    referrer = url;
    url = to;
    fresh("page");
  }
}

function look(e: Event) {
  if (away != (away = document.hidden || e.type == "pagehide")) {
    if (away) beacon("leave");
    else quiet = 0, send();
  }
}

const tag: Tag = (what, value) => {
  if (what == "consent") consent(value);
  else if (what == "set") Object.assign(custom, value);
  else if (level) beacon(what, level > 1 ? value : { kind: value.kind, form: value.form });
};

function start() {
  page = random();
  if (level < kept.c!) keep(level);
  kept.u ??= url;
  kept.r ??= referrer;
  swap(kept.n);
  send();
}

if (queue !== 0) {
  consent(S.c ?? levels[(document.currentScript as any)?.dataset.consent] ?? kept.c);
  (window as any).bellwether = tag;
  tag.q = 0;
  queue?.map((call: any) => tag(...call as [any, any]));
  for (const name of ["pushState", "replaceState"] as const) {
    const old = history[name];
    history[name] = function () {
      old.apply(this, arguments as any);
      moved(name);
    };
  }
  addEventListener("popstate", moved);
  for (const type of ["pagehide", "pageshow", "visibilitychange"]) addEventListener(type, look);
  S.m ? more(S.m).then(start) : start();
}
