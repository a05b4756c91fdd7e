// The shortlist: ids of events, kept on this device and nowhere else.

import { say } from "./say.js";

const KEY = "events.shortlist";
const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;

// Where a locked-down browser keeps nothing, the page does, for as long as it is open: all its scripts look there.
const page = () => document.documentElement.dataset;

export function shortlist() {
  let text = page().shortlist;
  if (text === undefined) {
    try {
      text = localStorage.getItem(KEY);
    } catch {}
  }
  try {
    const ids = JSON.parse(text || "[]");
    return [...new Set(ids.filter((id) => ID.test(id)))];
  } catch {
    return [];
  }
}

export function keep(ids) {
  const text = JSON.stringify(ids);
  try {
    if (ids.length) localStorage.setItem(KEY, text);
    else localStorage.removeItem(KEY);
  } catch {
    page().shortlist = text;
  }
}

// Whether it is on the list now.
export function toggle(id) {
  const ids = shortlist();
  const there = ids.includes(id);
  keep(there ? ids.filter((other) => other !== id) : [...ids, id]);
  return !there;
}

// Stars.

export function showStar(button, on) {
  button.setAttribute("aria-pressed", String(on));
  button.textContent = on ? "★" : "☆";
}

export function star(id, title) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "star";
  button.dataset.star = id;
  button.setAttribute("aria-label", say("Shortlist: {title}", { title }));
  showStar(button, shortlist().includes(id));
  return button;
}

// Stars in the page are hidden and have no name until a script can keep what they say.
export function offerStars(document) {
  const show = () => {
    const ids = shortlist();
    for (const button of document.querySelectorAll("[data-star]")) showStar(button, ids.includes(button.dataset.star));
  };
  for (const button of document.querySelectorAll("[data-star]")) {
    const title = button.parentElement.querySelector("h1, h2, h3, h4");
    button.setAttribute("aria-label", say("Shortlist: {title}", { title: title.textContent.trim() }));
    button.hidden = false;
  }
  show();
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-star]");
    if (button) showStar(button, toggle(button.dataset.star));
  });
  // Back from the shortlist, or changed in another window.
  addEventListener("pageshow", show);
  addEventListener("storage", show);
}

// What the list says of its events (as in lib/data.js).

function takesPlace(event) {
  return event.start !== "" && event.format[0] !== "on-demand" && !["cancelled", "postponed"].includes(event.status[0]);
}

// Times clash by the minute; what lasts whole days clashes with all that falls on one of them.
export function clash(one, other) {
  if (!takesPlace(one) || !takesPlace(other)) return false;
  if (one.timed && other.timed) return one.begins < other.until && other.begins < one.until;
  return one.start <= other.end && other.start <= one.end;
}

// For each event the others that it clashes with.
export function clashes(events) {
  return new Map(events.map((event) => [event, events.filter((other) => other !== event && clash(event, other))]));
}

// In the order of the prices that the data has for each (READERS in plugins/events/search.py).
const READERS = ["federal", "state-local", "contractor", "public"];

// What one pays, by who one is; the best government price where that is not said; -1 = not stated.
export function priceFor(event, reader) {
  return READERS.includes(reader) ? event.pays[READERS.indexOf(reader)] : event.price;
}

export function totals(events, reader) {
  const prices = events.map((event) => priceFor(event, reader));
  const credits = new Map();
  for (const event of events) {
    for (const [type, amount] of event.earns) credits.set(type, (credits.get(type) || 0) + amount);
  }
  return {
    cost: prices.reduce((sum, price) => sum + Math.max(price, 0), 0),
    unknown: prices.filter((price) => price < 0).length,
    credits,
  };
}
