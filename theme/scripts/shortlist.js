// The page of the shortlist: made on this device out of the search data and what the browser keeps.

import { calendarOf, save } from "./lib/ics.js";
import { collection } from "./lib/data.js";
import { element } from "./lib/element.js";
import { clashes, keep, shortlist, star, totals, priceFor } from "./lib/shortlist.js";
import { leaf } from "./lib/leaf.js";
import { say } from "./lib/say.js";

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
  amount < 0 ? say("not stated") : amount === 0 ? say("free") : `$${amount.toLocaleString("en-US", { minimumFractionDigits: Number.isInteger(amount) ? 0 : 2 })}`;

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
  const facts = [event.kindWords, say("Your price: {price}", { price: dollars(priceFor(event, reader.value)) }), event.creditWords];
  const body = element("div", "result__body");
  body.append(star(event.id, event.title), heading, when, element("p", "result__facts", facts.filter(Boolean).join(" · ")));
  if (against.length) {
    body.append(element("p", "clash", say("Clashes with {titles}.", { titles: against.map((other) => other.title).join(say(" and ")) })));
  }
  line.append(leaf(event), body);
  return line;
}

function show() {
  const events = chosen();
  const found = clashes(events);
  const lines = element("ul", "results");
  lines.append(...events.map((event) => item(event, found.get(event))));
  list.replaceChildren(...(events.length ? [lines] : []));
  tools.hidden = events.length === 0;
  document.getElementById("shortlist-empty").hidden = events.length > 0;
  const gone = shortlist().length - events.length;
  const count = events.length === 1 ? say("1 event") : say("{count} events", { count: events.length });
  status.textContent = events.length ? count : say("Nothing is on your shortlist. The star beside an event puts it here.");
  if (gone) {
    if (events.length) status.textContent += ".";
    status.textContent += ` ${gone === 1 ? say("1 more is no longer listed.") : say("{gone} more are no longer listed.", { gone })}`;
  }
  if (!events.length) return;
  const { cost, unknown, credits } = totals(events, reader.value);
  const earned = [...credits].map(([type, amount]) => (amount ? `${amount} ${type}` : say("{type} (amount not stated)", { type })));
  const pairs = [...found.values()].reduce((sum, others) => sum + others.length, 0) / 2;
  const facts = [
    [say("Cost"), dollars(cost) + (unknown ? ` (${unknown === 1 ? say("1 price is not stated") : say("{unknown} prices are not stated", { unknown })})` : "")],
    [say("Credits"), earned.join(", ") || say("none stated")],
    [say("Clashes"), pairs === 0 ? say("none") : pairs === 1 ? say("1 pair") : say("{pairs} pairs", { pairs })],
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
      status.textContent = say("The events could not be loaded. Reload the page to try again.");
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
    status.textContent = say("The calendar file could not be made. Try again later.");
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
