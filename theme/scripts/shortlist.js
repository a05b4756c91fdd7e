// The page of the shortlist: made on this device out of the search data and what the browser keeps.

import { calendarOf, save } from "./lib/ics.js";
import { collection } from "./lib/data.js";
import { element } from "./lib/element.js";
import { clashes, keep, shortlist, star, totals, priceFor } from "./lib/shortlist.js";

const page = document.getElementById("shortlist");
const list = document.getElementById("shortlist-events");
const status = document.getElementById("shortlist-status");
const sums = document.getElementById("shortlist-totals");
const tools = document.getElementById("shortlist-tools");
const reader = document.getElementById("reader");
const { root } = page.dataset;
const parts = JSON.parse(page.dataset.parts);
const data = collection(root, parts);
const address = (event, suffix) =>
  `${root}/${page.dataset.event.replace(/\{(id|slug)\}/g, event.id).replace(/\.html$/, "")}${suffix}`;
const READER = "events.reader";

try {
  reader.value = localStorage.getItem(READER) || "";
} catch {}
reader.addEventListener("change", () => {
  try {
    if (reader.value) localStorage.setItem(READER, reader.value);
    else localStorage.removeItem(READER);
  } catch {}
  show();
});

const dollars = (amount) =>
  amount < 0 ? "not stated" : amount === 0 ? "free" : `$${amount.toLocaleString("en-US", { minimumFractionDigits: Number.isInteger(amount) ? 0 : 2 })}`;

function chosen() {
  return shortlist()
    .filter((id) => data.events.has(id))
    .map((id) => data.events.get(id))
    .sort((a, b) => {
      const [x, y] = [a, b].map((event) => `${event.start || event.first || "9999"} ${String(event.begins).padStart(9, "0")} ${event.id}`);
      return x < y ? -1 : 1;
    });
}

function item(event, against) {
  const line = element("li", "result result--starred");
  const heading = element("h2", "result__title");
  const link = element("a", "usa-link", event.title);
  link.href = address(event, ".html");
  heading.append(link);
  const when = element("p", "result__when");
  if (event.status[0] !== "scheduled") {
    when.append(element("span", `badge badge--${event.status[0]}`, event.status[1]), " ");
  }
  when.append(event.place === event.dates ? event.dates : `${event.dates}, ${event.place}`);
  const facts = [event.kindWords, `Your price: ${dollars(priceFor(event, reader.value))}`, event.creditWords];
  line.append(star(event.id, event.title), heading, when, element("p", "result__facts", facts.filter(Boolean).join(" · ")));
  if (against.length) {
    line.append(element("p", "clash", `Clashes with ${against.map((other) => other.title).join(" and ")}.`));
  }
  return line;
}

function show() {
  const events = chosen();
  const found = clashes(events);
  const lines = element("ul", "results");
  lines.append(...events.map((event) => item(event, found.get(event))));
  list.replaceChildren(...(events.length ? [lines] : []));
  tools.hidden = events.length === 0;
  const gone = shortlist().length - events.length;
  const count = events.length === 1 ? "1 event" : `${events.length} events`;
  status.textContent = events.length ? count : "Nothing is on your shortlist. The star beside an event puts it here.";
  if (gone) {
    if (events.length) status.textContent += ".";
    status.textContent += gone === 1 ? " 1 more is no longer listed." : ` ${gone} more are no longer listed.`;
  }
  if (!events.length) return;
  const { cost, unknown, credits } = totals(events, reader.value);
  const earned = [...credits].map(([type, amount]) => (amount ? `${amount} ${type}` : `${type} (amount not stated)`));
  const pairs = [...found.values()].reduce((sum, others) => sum + others.length, 0) / 2;
  const facts = [
    ["Cost", `${dollars(cost)}${unknown ? ` (${unknown === 1 ? "1 price is" : `${unknown} prices are`} not stated)` : ""}`],
    ["Credits", earned.join(", ") || "none stated"],
    ["Clashes", pairs === 0 ? "none" : pairs === 1 ? "1 pair" : `${pairs} pairs`],
  ];
  sums.replaceChildren(
    ...facts.flatMap(([name, value]) => [element("dt", "", name), element("dd", "", value)]),
  );
}

// What is upcoming first: years of the archive only if something is still missing.
async function start() {
  for (const part of parts) {
    if (shortlist().every((id) => data.events.has(id))) break;
    try {
      await data.load(part);
    } catch {
      status.textContent = "The events could not be loaded. Reload the page to try again.";
      return;
    }
  }
  show();
}

// The star is pressed by the script of every page, which listens further out.
list.addEventListener("click", (event) => {
  if (!event.target.closest("[data-star]")) return;
  setTimeout(() => {
    show();
    status.tabIndex = -1;
    status.focus();
  });
});
document.getElementById("shortlist-export").addEventListener("click", async () => {
  try {
    const years = parts.map((part) => part.name);
    save(await calendarOf(chosen(), years, root, (event) => address(event, ".ics")), "shortlist.ics");
  } catch {
    status.textContent = "The calendar file could not be made. Try again later.";
  }
});
document.getElementById("shortlist-clear").addEventListener("click", () => {
  keep([]);
  show();
  status.tabIndex = -1;
  status.focus();
});
addEventListener("storage", start);
start();
