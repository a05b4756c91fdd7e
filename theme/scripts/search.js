// The search page. Words are found by MiniSearch, filters and order by lib/filters.js. The address is the whole
// state: every choice is one entry of the history, typing replaces the entry it stands in.

import MiniSearch from "minisearch";
import { now } from "./lib/clock.js";
import { collection } from "./lib/data.js";
import { element } from "./lib/element.js";
import { calendarOf, calendarsFor, save } from "./lib/ics.js";
import { star } from "./lib/shortlist.js";
import {
  countsOf,
  drops,
  GROUPS,
  isAsked,
  isNow,
  matching,
  parse,
  queryOf,
  range,
  readDay,
  sorted,
  timeOf,
} from "./lib/filters.js";
import { leaf } from "./lib/leaf.js";
import { say } from "./lib/say.js";

const form = document.getElementById("search");
const status = document.getElementById("search-status");
const results = document.getElementById("search-results");
const more = document.getElementById("search-more");
const STEP = 25;
let shown = STEP;

// Loading: the files that a question needs, each once.

const parts = JSON.parse(form.dataset.parts);
const data = collection(form.dataset.root, parts);
const { events, load } = data;

// The files of a question: a year before the first day that is asked for holds nothing of it, for what is past lies in
// the year of its last day.
function needed(asked) {
  const span = range(asked, clock().today);
  const { when } = asked;
  return parts.filter(({ name }) => {
    if (name === "on-demand") return !span && (!when.length || when.includes("on-demand"));
    if (name === "upcoming") return !when.length || when.includes("upcoming") || when.includes("past");
    return (!when.length || when.includes("past")) && (!span || !span.from || name >= span.from.slice(0, 4));
  });
}

const words = new MiniSearch({
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
let indexing = Promise.resolve();

// Loads some files and, if words are asked for, makes them searchable: in slices, for ten thousand events at once
// would hold up the typing on a slow phone.
async function ready(wanted, asked) {
  await Promise.all(wanted.map(load));
  if (!asked.q) return;
  indexing = indexing.then(() => words.addAllAsync([...events.values()].slice(words.documentCount), { chunkSize: 500 }));
  await indexing;
}

// The question: what the form, or the address, asks for.

const fields = [...form.elements].filter((field) => field.name);
const boxes = fields.filter((field) => field.type === "checkbox");
const days = ["from", "to"].map((name) => form.elements[name]);
const known = { cost: [...form.elements.cost.options].map((option) => option.value).filter(Boolean) };
for (const name of GROUPS) known[name] = boxes.filter((box) => box.name === name).map((box) => box.value);

function question() {
  return parse(new URLSearchParams(new FormData(form)), known);
}

function address(asked) {
  const query = queryOf(asked);
  return query ? `?${query}` : location.pathname;
}

function readAddress() {
  const query = new URLSearchParams(location.search);
  const asked = parse(query, known);
  for (const field of fields) {
    if (field.type === "checkbox") field.checked = asked[field.name].includes(field.value);
    // A last day before the first one is no part of the question, but is told.
    else if (days.includes(field)) field.value = readDay(query.get(field.name) || "") || "";
    else field.value = asked[field.name];
  }
  checkDays();
}

// What is wrong with the days that are typed, beside the field.
function checkDays() {
  const [from, to] = days.map((field) => readDay(field.value));
  const wrong = say("Type a day such as 3/15/2027 or 2027-03-15");
  tell(days[0], from === null ? wrong : "");
  tell(days[1], to === null ? wrong : from && to && to < from ? say("This day is before the first one") : "");
}

function tell(field, fault) {
  const place = document.getElementById(`${field.name}-error`);
  place.textContent = fault;
  place.hidden = !fault;
  if (fault) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  for (let fold = fault && field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}

// A site built as of a chosen day goes by days, as its pages do; any other by the reader's clock.
function clock() {
  const { today } = form.dataset;
  if (today) return { today, minute: null };
  const day = new Date();
  const parts = [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((number) => String(number).padStart(2, "0"));
  return { today: parts.join("-"), minute: now() };
}

// What the words alone find, the best first.
function candidates(asked) {
  return asked.q ? words.search(asked.q).map((hit) => events.get(hit.id)) : [...events.values()];
}

function find(asked, among = candidates(asked)) {
  return sorted(matching(among, asked, clock()), asked, clock());
}

// What is shown.

function addressOf(event, suffix) {
  const path = form.dataset.event.replace(/\{(id|slug)\}/g, event.id).replace(/\.html$/, "");
  return `${form.dataset.root}/${path}${suffix}`;
}

function item(event) {
  const line = element("li", "result");
  line.dataset.id = event.id;
  const heading = element("h2", "result__title");
  const link = element("a", "usa-link", event.title);
  link.href = addressOf(event, ".html");
  heading.append(link);
  const summary = element("p", "result__summary", event.summary);
  if (event.language !== document.documentElement.lang) for (const part of [link, summary]) part.lang = event.language;
  if (event.acronym && !event.title.includes(event.acronym)) heading.append(` (${event.acronym})`);
  const when = element("p", "result__when");
  const time = timeOf(event, clock());
  if (event.status[0] !== "scheduled") {
    when.append(element("span", `badge badge--${event.status[0]}`, event.status[1]), " ");
  }
  if (time === "past") when.append(element("span", "badge badge--past", say("Past")), " ");
  else if (isNow(event, clock())) when.append(element("span", "badge badge--now", say("Happening now")), " ");
  when.append(event.dates);
  if (event.place !== event.dates) when.append(`, ${event.place}`);
  const facts = [event.kindWords, event.cost, event.creditWords].filter(Boolean).join(" · ");
  const body = element("div", "result__body");
  body.append(heading, star(event.id, event.title), when, summary, element("p", "result__facts", facts));
  line.append(leaf(event), body);
  return line;
}

function plural(count) {
  return count === 1 ? say("1 result") : say("{count} results", { count });
}

// The first of these events. Lines that are there already stay, for the focus may be in one.
function lay(found) {
  const wanted = found.slice(0, shown);
  let list = results.querySelector(".results");
  if (!list || ![...list.children].every((line, place) => line.dataset.id === wanted[place]?.id)) {
    list = element("ul", "results");
    results.replaceChildren(list);
  }
  list.append(...wanted.slice(list.children.length).map(item));
}

function show(asked) {
  const among = candidates(asked);
  const found = find(asked, among);
  if (found.length) lay(found);
  else results.replaceChildren(nothing(asked));
  more.hidden = found.length <= shown;
  status.textContent = asked.q ? say("{results} for “{words}”", { results: plural(found.length), words: asked.q }) : plural(found.length);
  showCounts(countsOf(among, asked, clock(), known.cost), asked);
  offer(found.length > 0);
  said.textContent = "";
  if (take.open) offerFeed(asked);
}

// Results to take away: a calendar to subscribe to, or a file of just these.

const take = document.getElementById("search-take");
const said = document.getElementById("search-download-status");
let feeds;

// Its room stays when it is not offered: the results below it do not move.
function offer(anything) {
  take.classList.toggle("take--off", !anything);
}

async function offerFeed(asked) {
  const place = document.getElementById("search-feed");
  try {
    feeds ||= fetch(`${form.dataset.root}/feeds.json`).then((answer) => answer.json());
    const { calendars } = await feeds;
    if (asked !== current) return;
    const { ids, exact } = calendarsFor(asked);
    // Broader calendars drop what has long been past.
    const ahead = find(asked).some((event) => timeOf(event, clock()) === "upcoming");
    const wanted = ahead ? ids : [exact];
    const found = wanted.map((id) => calendars.find((calendar) => calendar.id === id)).find(Boolean);
    if (!found) {
      place.replaceChildren(element("p", "", say("There is no calendar to subscribe to for these results.")));
      return;
    }
    const words =
      found.id === exact
        ? say("The calendar “{name}” is made of just these choices. It holds what is upcoming and recent, and keeps up.", found)
        : say("No calendar holds just these results. The nearest is broader: “{name}”.", found);
    const links = element("ul", "subscribe-links");
    const ways = { webcal: say("Apple, Thunderbird, classic Outlook"), google: "Google Calendar", office: "Microsoft 365", outlook: "Outlook.com" };
    for (const [way, name] of Object.entries(ways)) {
      const link = element("a", "usa-link", name);
      link.href = found[way];
      const line = element("li");
      line.append(link);
      links.append(line);
    }
    place.replaceChildren(element("p", "", words), links);
  } catch {
    feeds = undefined;
    place.replaceChildren(element("p", "", say("The list of calendars could not be loaded.")));
  }
}

take.addEventListener("toggle", () => {
  if (take.open) offerFeed(current);
});
document.getElementById("search-download").addEventListener("click", async () => {
  const found = find(current);
  const dated = found.filter((event) => event.begins !== 0).length;
  if (!dated) {
    said.textContent = say("None of these results has a date.");
    return;
  }
  said.textContent = say("Making the file…");
  try {
    const years = parts.map((part) => part.name);
    save(await calendarOf(found, years, form.dataset.root, (event) => addressOf(event, ".ics")), "events.ics");
    said.textContent = dated === 1 ? say("1 event is in the file.") : say("{dated} events are in the file.", { dated });
  } catch {
    said.textContent = say("The file could not be made. Try again later.");
  }
});

// The numbers beside the values: what each would give with the other choices; without a question, how many there are.
function showCounts(counts, asked) {
  for (const place of document.querySelectorAll(".fold__count")) {
    const box = document.getElementById(place.closest("label").htmlFor);
    let text = place.dataset.of;
    if (counts) {
      text = String(counts[box.name][box.value] || 0);
      // What was not asked for was not loaded, and cannot be counted.
      const files = box.name === "when" ? needed({ ...asked, when: [box.value] }) : [];
      if (!files.every(data.has)) text = "";
    }
    if (place.textContent !== text) place.textContent = text;
  }
}

function showChosen() {
  for (const fold of document.querySelectorAll("[data-fold]")) {
    const chosen = [...fold.querySelectorAll("input, select")].filter((field) =>
      field.type === "checkbox" ? field.checked : field.value,
    );
    fold.querySelector("[data-chosen]").textContent = chosen.length ? say("{count} chosen", { count: chosen.length }) : "";
  }
}

// Nothing found: which choice to drop, and what that would give.
function nothing(asked) {
  const box = element("div", "empty");
  box.append(element("p", "", say("Nothing fits all of this.")));
  const list = element("ul", "usa-list");
  box.append(list);
  const ways = drops(asked);
  ready(ways.flatMap(({ without }) => needed(without)), asked).then(
    () => {
      for (const { name, values, without } of ways) {
        const count = find(without).length;
        if (!count) continue;
        const link = element("a", "usa-link", say("Drop {choice}", { choice: label(name, values) }));
        link.href = address(without);
        const line = element("li");
        line.append(link, `: ${plural(count)}`);
        list.append(line);
      }
      if (!list.children.length) list.remove();
    },
    () => list.remove(),
  );
  box.append(orAll(say("Check the spelling.")));
  return box;
}

// What to do, or else all that is upcoming.
function orAll(words) {
  const line = element("p", "", `${words} `);
  const link = element("a", "usa-link", say("See all upcoming events."));
  link.href = `${form.dataset.root}/events.html`;
  line.append(link);
  return line;
}

function label(name, values) {
  if (name === "q") return say("the words");
  if (name === "date" && !values[0]) return say("the days");
  const names = values.map((value) => {
    const field = document.getElementById(`filter-${name}-${value}`);
    const said = field
      ? field.labels[0].querySelector(".fold__value")
      : [...form.elements[name].options].find((option) => option.value === value);
    return `“${said.textContent}”`;
  });
  return names.join(", ");
}

let turn = 0;
let current = question();

async function run() {
  const asked = question();
  const mine = (turn += 1);
  current = asked;
  showChosen();
  if (!isAsked(asked)) {
    const box = element("div", "empty");
    box.append(orAll(say("Type some words or choose filters: what fits is listed here.")));
    results.replaceChildren(box);
    more.hidden = true;
    offer(false);
    status.textContent = "";
    showCounts(null);
    return;
  }
  if (!status.textContent) status.textContent = say("Searching…");
  try {
    const wanted = needed(asked);
    // What is ahead comes before the years of the archive are there, which may take a while.
    const ahead = wanted.filter(({ name }) => ["upcoming", "on-demand"].includes(name));
    if (ahead.length && !asked.sort && !wanted.every(data.has)) {
      await ready(ahead, asked);
      const found = find(asked).filter((event) => timeOf(event, clock()) !== "past");
      if (mine === turn && found.length) lay(found);
    }
    await ready(wanted, asked);
  } catch {
    status.textContent = say("The search data could not be loaded. Reload the page to try again.");
    return;
  }
  // A later question has overtaken this one.
  if (mine === turn) show(asked);
}

function ask(how) {
  const asked = question();
  // Words still in the typing belong to the entry before the choice.
  if (how === "pushState" && typing) history.replaceState(null, "", address({ ...current, q: asked.q }));
  clearTimeout(typing);
  typing = 0;
  shown = STEP;
  const to = address(asked);
  const here = location.search || location.pathname;
  history[to === here ? "replaceState" : how](null, "", to);
  run();
}

let typing = 0;
form.elements.q.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => ask("replaceState"), 200);
});
// The filters are bound to the form from outside of it.
document.querySelector(".search-page").addEventListener("change", ({ target }) => {
  if (target.form !== form || target.name === "q") return;
  if (target.name === "date" && target.value) for (const field of days) field.value = "";
  if (days.includes(target) && target.value) form.elements.date.value = "";
  checkDays();
  ask("pushState");
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask("pushState");
});
document.getElementById("search-clear").addEventListener("click", () => {
  for (const field of fields) {
    if (field.type === "checkbox") field.checked = false;
    else if (field.name !== "q") field.value = "";
  }
  checkDays();
  ask("pushState");
});
document
  .querySelector(".search-page")
  .addEventListener("focusin", () => parts.slice(0, 1).forEach((part) => load(part).catch(() => {})), { once: true });
more.addEventListener("click", () => {
  const last = results.querySelectorAll(".result").length;
  shown += STEP;
  show(question());
  results.querySelectorAll(".result a")[last]?.focus();
});
addEventListener("popstate", () => {
  readAddress();
  run();
});

readAddress();
run();
