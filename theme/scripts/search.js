// The search page. Words are found by MiniSearch; filters, order and the cards are ours. The address is the
// whole state: every choice is one entry of the history, typing replaces the entry it stands in.

import MiniSearch from "minisearch";
import { now } from "./lib/clock.js";

const form = document.getElementById("search");
const status = document.getElementById("search-status");
const results = document.getElementById("search-results");
const more = document.getElementById("search-more");
const STEP = 25;
let shown = STEP;

// Loading: the files that a question needs, each once.

const parts = JSON.parse(form.dataset.parts);
const loaded = new Map();
const events = new Map();
let words = null;

function needed({ when }) {
  if (when === "upcoming") return parts.filter((part) => part.name === "upcoming");
  if (when === "on-demand") return parts.filter((part) => part.name === "on-demand");
  if (when === "past") return parts.filter((part) => part.name !== "on-demand");
  return parts;
}

function load(part) {
  if (!loaded.has(part.href)) {
    const loading = fetch(`${form.dataset.root}/${part.href}`)
      .then((answer) => {
        if (!answer.ok) throw new Error(`${part.href}: ${answer.status}`);
        return answer.json();
      })
      .then((data) => {
        for (const event of rows(data)) {
          if (!events.has(event.id)) {
            events.set(event.id, event);
            words = null;
          }
        }
      });
    loading.catch(() => loaded.delete(part.href));
    loaded.set(part.href, loading);
  }
  return loaded.get(part.href);
}

// Columns with numbers into dictionaries (plugins/events/search.py) become one object for each event.
function rows(data) {
  const { columns } = data;
  const entry = (list, index) => (index < 0 ? "" : list[index][0]);
  const said = (list, indexes) => indexes.flatMap((index) => list[index].slice(1));
  return columns.id.map((id, row) => ({
    id,
    title: columns.title[row],
    acronym: columns.acronym[row],
    summary: columns.summary[row],
    dates: columns.dates[row],
    start: columns.start[row],
    end: columns.end[row],
    until: columns.until[row],
    place: data.places[columns.place[row]],
    topic: columns.topics[row].map((index) => entry(data.topics, index)),
    organizer: columns.organizers[row].map((index) => entry(data.organizers, index)),
    state: [entry(data.states, columns.state[row])],
    format: [entry(data.formats, columns.format[row])],
    kind: [entry(data.kinds, columns.kind[row])],
    kindWords: data.kinds[columns.kind[row]][1],
    status: data.statuses[columns.status[row]],
    cost: data.costs[columns.cost[row]],
    free: columns.free[row],
    credits: columns.credits[row],
    // What is searched beside title, acronym and summary, with every synonym of the registries.
    topics: said(data.topics, columns.topics[row]).join(" "),
    organizers: said(data.organizers, columns.organizers[row]).join(" "),
    around: [
      data.places[columns.place[row]],
      columns.state[row] < 0 ? "" : data.states[columns.state[row]][1],
      data.kinds[columns.kind[row]][1],
      columns.words[row],
    ].join(" "),
  }));
}

function index() {
  if (!words) {
    words = new MiniSearch({
      fields: ["title", "acronym", "topics", "organizers", "around", "summary"],
      processTerm: (term) => term.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase(),
      searchOptions: {
        boost: { acronym: 6, title: 4, topics: 2, organizers: 2 },
        combineWith: "AND",
        // The last word may be still in the typing: its first letter must not empty the list.
        prefix: (term, index, terms) => term.length > 1 || index === terms.length - 1,
        // Short words and acronyms must be exact: one letter more or less is another agency.
        fuzzy: (term) => (term.length > 4 ? 0.2 : false),
      },
    });
    words.addAll([...events.values()]);
  }
  return words;
}

// The question: what the form, or the address, asks for.

const CHOICES = ["topic", "format", "kind", "state", "organizer"];

function question() {
  const data = new FormData(form);
  const asked = { q: (data.get("q") || "").trim(), when: data.get("when") || "", free: data.get("free") || "" };
  for (const name of CHOICES) asked[name] = data.get(name) || "";
  return asked;
}

function address(asked) {
  const query = new URLSearchParams();
  for (const name of ["q", "when", ...CHOICES, "free"]) if (asked[name]) query.set(name, asked[name]);
  const text = query.toString();
  return text ? `?${text}` : location.pathname;
}

function readAddress() {
  const query = new URLSearchParams(location.search);
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") field.checked = query.get(field.name) === field.value;
    else field.value = query.get(field.name) || "";
    // A value that the list does not have would leave the field blank and filter by nothing said.
    if (field.tagName === "SELECT" && field.selectedIndex < 0) field.value = "";
  }
}

// A site built as of a chosen day goes by days, as its pages do; any other by the reader's clock.
const { today } = form.dataset;
const gone = (event) => (today ? event.end !== "" && event.end < today : event.until !== 0 && event.until <= now());
const isOver = (event) => event.format[0] !== "on-demand" && gone(event);

function timeOf(event) {
  if (event.format[0] === "on-demand") return "on-demand";
  return isOver(event) ? "past" : "upcoming";
}

function fits(event, asked) {
  if (asked.when && timeOf(event) !== asked.when) return false;
  if (asked.free && !event.free) return false;
  return CHOICES.every((name) => !asked[name] || event[name].includes(asked[name]));
}

// Upcoming first to last, then what is on demand, then past last to first.
function byTime(one, other) {
  const rank = { upcoming: 0, "on-demand": 1, past: 2 };
  const [a, b] = [timeOf(one), timeOf(other)];
  if (a !== b) return rank[a] - rank[b];
  const [x, y] = [one.start || one.end || "9999", other.start || other.end || "9999"];
  const order = x < y ? -1 : x > y ? 1 : one.id < other.id ? -1 : 1;
  return a === "past" ? -order : order;
}

function find(asked) {
  if (!asked.q) return [...events.values()].filter((event) => fits(event, asked)).sort(byTime);
  const hits = index().search(asked.q);
  // Words rank the results, but what is over comes after what is not.
  return hits
    .map((hit) => events.get(hit.id))
    .filter((event) => fits(event, asked))
    .map((event, rank) => ({ event, rank }))
    .sort((a, b) => (timeOf(a.event) === "past") - (timeOf(b.event) === "past") || a.rank - b.rank)
    .map(({ event }) => event);
}

// What is shown.

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  // Always as text: a title is never markup.
  if (text !== undefined) made.textContent = text;
  return made;
}

function item(event) {
  const line = element("li", "result");
  const heading = element("h2", "result__title");
  const link = element("a", "usa-link", event.title);
  link.href = `${form.dataset.root}/${form.dataset.event.replace(/\{(id|slug)\}/g, event.id)}`;
  heading.append(link);
  if (event.acronym && !event.title.includes(event.acronym)) heading.append(` (${event.acronym})`);
  const when = element("p", "result__when");
  const time = timeOf(event);
  if (event.status[0] !== "scheduled") {
    when.append(element("span", `badge badge--${event.status[0]}`, event.status[1]), " ");
  }
  if (time === "past") when.append(element("span", "badge badge--past", "Past"), " ");
  when.append(event.dates);
  if (event.place !== event.dates) when.append(`, ${event.place}`);
  const facts = [event.kindWords, event.cost, event.credits].filter(Boolean).join(" · ");
  line.append(heading, when, element("p", "result__summary", event.summary), element("p", "result__facts", facts));
  return line;
}

function show(found, asked) {
  const list = element("ul", "results");
  list.append(...found.slice(0, shown).map(item));
  results.replaceChildren(...(found.length ? [list] : [nothing(asked)]));
  more.hidden = found.length <= shown;
  const count = found.length === 1 ? "1 result" : `${found.length} results`;
  status.textContent = asked.q ? `${count} for “${asked.q}”` : count;
}

// Nothing found: which choice to drop, and what that would give.
function nothing(asked) {
  const box = element("div", "empty");
  box.append(element("p", "", "Nothing fits all of this."));
  const set = ["q", "when", ...CHOICES, "free"].filter((name) => asked[name]);
  const list = element("ul", "usa-list");
  for (const name of set) {
    const without = { ...asked, [name]: "" };
    const count = find(without).length;
    if (!count || !Object.values(without).some(Boolean)) continue;
    const line = element("li");
    const link = element("a", "usa-link", name === "q" ? "Drop the words" : `Drop “${label(name)}”`);
    link.href = address(without);
    line.append(link, `: ${count === 1 ? "1 result" : `${count} results`}`);
    list.append(line);
  }
  if (list.children.length) box.append(list);
  const all = element("p");
  const link = element("a", "usa-link", "all upcoming events");
  link.href = `${form.dataset.root}/events.html`;
  all.append("Check the spelling, or look at ", link, ".");
  box.append(all);
  return box;
}

function label(name) {
  const field = form.elements[name];
  return field.tagName === "SELECT" ? field.options[field.selectedIndex].text : "Free for government";
}

let turn = 0;

async function run() {
  const asked = question();
  const mine = (turn += 1);
  if (!Object.values(asked).some(Boolean)) {
    results.replaceChildren();
    more.hidden = true;
    status.textContent = "";
    return;
  }
  if (!status.textContent) status.textContent = "Searching…";
  try {
    await Promise.all(needed(asked).map(load));
  } catch {
    status.textContent = "The search data could not be loaded. Reload the page to try again.";
    return;
  }
  // A later question has overtaken this one.
  if (mine !== turn) return;
  show(find(asked), asked);
}

function ask(how) {
  shown = STEP;
  history[how](null, "", address(question()));
  run();
}

let typing = 0;
form.elements.q.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => ask("replaceState"), 200);
});
form.addEventListener("change", (event) => {
  if (event.target.name !== "q") ask("pushState");
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  ask(address(question()) === location.search ? "replaceState" : "pushState");
});
form.addEventListener("focusin", () => parts.slice(0, 1).forEach((part) => load(part).catch(() => {})), { once: true });
more.addEventListener("click", () => {
  const last = results.querySelectorAll(".result").length;
  shown += STEP;
  show(find(question()), question());
  results.querySelectorAll(".result a")[last]?.focus();
});
addEventListener("popstate", () => {
  readAddress();
  run();
});

readAddress();
run();
