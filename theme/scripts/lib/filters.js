// What is asked for, and which events fit it. Nothing here knows of a page: the same functions run in the browser and
// in tests/scripts. A day is text ("2027-03-10"), so that comparing days is comparing texts.

// Values of one group widen the question (OR), groups narrow it (AND).
export const GROUPS = [
  "when",
  "topic",
  "format",
  "kind",
  "state",
  "organizer",
  "audience",
  "eligibility",
  "credits",
  "accessibility",
];
// One value each. `date` is a preset; `from` and `to` take its place.
export const SINGLES = ["cost", "date", "from", "to", "sort"];

export const PRESETS = ["today", "week", "30-days", "month", "fiscal-year", "q1", "q2", "q3", "q4"];
export const SORTS = ["date", "deadline", "newest"];

export function nothingAsked() {
  const asked = { q: "" };
  for (const name of GROUPS) asked[name] = [];
  for (const name of SINGLES) asked[name] = "";
  return asked;
}

// The question of an address. `known` holds the values that each group and the costs offer; others are dropped.
export function parse(query, known) {
  const asked = nothingAsked();
  asked.q = (query.get("q") || "").trim();
  for (const name of GROUPS) {
    const wanted = query.getAll(name);
    asked[name] = (known[name] || []).filter((value) => wanted.includes(value));
  }
  // Addresses of old: "free" was a box to tick.
  const cost = query.get("cost") || (query.get("free") === "1" ? "government" : "");
  if ((known.cost || []).includes(cost)) asked.cost = cost;
  asked.from = readDay(query.get("from") || "") || "";
  asked.to = readDay(query.get("to") || "") || "";
  if (asked.from && asked.to && asked.to < asked.from) asked.to = "";
  if (!asked.from && !asked.to && PRESETS.includes(query.get("date"))) asked.date = query.get("date");
  if (SORTS.includes(query.get("sort"))) asked.sort = query.get("sort");
  return asked;
}

// The one way to write a question: "" where nothing is asked.
export function queryOf(asked) {
  const query = new URLSearchParams();
  if (asked.q) query.set("q", asked.q);
  for (const name of GROUPS) for (const value of asked[name]) query.append(name, value);
  for (const name of SINGLES) if (asked[name]) query.set(name, asked[name]);
  return query.toString();
}

// Whether anything is looked for: an order alone is no question.
export function isAsked(asked) {
  return Boolean(asked.q || asked.cost || asked.date || asked.from || asked.to) || GROUPS.some((name) => asked[name].length > 0);
}

// Days.

const pad = (number, width = 2) => String(number).padStart(width, "0");
const DAY = 86400000;

// "2027-03-10", "3/10/2027" or "03/10/2027" as "2027-03-10"; "" for none, null for what is no day.
export function readDay(text) {
  const typed = text.trim();
  if (!typed) return "";
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(typed);
  const us = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(typed);
  if (!iso && !us) return null;
  const [year, month, day] = (iso ? [iso[1], iso[2], iso[3]] : [us[3], us[1], us[2]]).map(Number);
  const found = new Date(Date.UTC(year, month - 1, day));
  if (year < 1000 || found.getUTCMonth() !== month - 1 || found.getUTCDate() !== day) return null;
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

export function addDays(day, count) {
  return new Date(Date.parse(`${day}T00:00Z`) + count * DAY).toISOString().slice(0, 10);
}

// The first day of one month and the last of another; months count on over the year's ends.
function months(year, first, last) {
  const from = new Date(Date.UTC(year, first - 1, 1)).toISOString().slice(0, 10);
  const to = new Date(Date.UTC(year, last, 0)).toISOString().slice(0, 10);
  return { from, to };
}

// First and last day of what is asked for; "" is open; null where no day is asked for.
export function range(asked, today) {
  if (asked.from || asked.to) return { from: asked.from, to: asked.to };
  const [year, month] = today.split("-").map(Number);
  // The federal fiscal year starts in October of the year before.
  const fiscal = month >= 10 ? year + 1 : year;
  switch (asked.date) {
    case "today":
      return { from: today, to: today };
    case "week": {
      const sunday = addDays(today, -new Date(`${today}T00:00Z`).getUTCDay());
      return { from: sunday, to: addDays(sunday, 6) };
    }
    case "30-days":
      return { from: today, to: addDays(today, 30) };
    case "month":
      return months(year, month, month);
    case "fiscal-year":
      return months(fiscal, -2, 9);
    case "q1":
    case "q2":
    case "q3":
    case "q4": {
      const last = 3 * Number(asked.date[1]) - 3;
      return months(fiscal, last - 2, last);
    }
    default:
      return null;
  }
}

// Events. `clock` is {today, minute}; without a minute (a site built as of a chosen day) whole days decide.

export function timeOf(event, clock) {
  if (event.format[0] === "on-demand") return "on-demand";
  const over =
    clock.minute === null ? event.end !== "" && event.end < clock.today : event.until !== 0 && event.until <= clock.minute;
  return over ? "past" : "upcoming";
}

// Whether it takes place at this time.
export function isNow(event, clock) {
  if (!event.start || event.format[0] === "on-demand" || ["cancelled", "postponed"].includes(event.status[0])) return false;
  if (clock.minute === null) return event.start <= clock.today && clock.today <= event.end;
  return event.begins <= clock.minute && clock.minute < event.until;
}

export function nextDeadline(event, clock) {
  return event.deadlines.find((day) => day >= clock.today) || "";
}

function values(event, name, clock) {
  return name === "when" ? [timeOf(event, clock)] : event[name];
}

export const COSTS = {
  free: (event) => event.free === 2,
  government: (event) => event.free > 0,
};

function costs(event, cost) {
  if (COSTS[cost]) return COSTS[cost](event);
  return event.price >= 0 && event.price <= Number(cost);
}

// Whether some day of it is asked for. What has no day at all is in no range.
function within(event, span) {
  const first = event.start || event.first || event.end;
  const last = event.end || first;
  if (!first || event.format[0] === "on-demand") return false;
  return (!span.to || first <= span.to) && (!span.from || last >= span.from);
}

// The names of the groups that leave the event out.
function against(event, asked, clock, span) {
  const found = GROUPS.filter(
    (name) => asked[name].length > 0 && !values(event, name, clock).some((value) => asked[name].includes(value)),
  );
  if (asked.cost && !costs(event, asked.cost)) found.push("cost");
  if (span && !within(event, span)) found.push("date");
  return found;
}

export function matching(events, asked, clock) {
  const span = range(asked, clock.today);
  return events.filter((event) => against(event, asked, clock, span).length === 0);
}

// How many events each value would give beside the choices of the other groups: {topic: {cloud: 3}}.
export function countsOf(events, asked, clock, costValues) {
  const span = range(asked, clock.today);
  const counts = { cost: {} };
  for (const name of GROUPS) counts[name] = {};
  const count = (name, value) => {
    counts[name][value] = (counts[name][value] || 0) + 1;
  };
  for (const event of events) {
    const out = against(event, asked, clock, span);
    if (out.length > 1) continue;
    // What only one group leaves out is what that group's other values would bring in.
    for (const name of out.length ? out : GROUPS) {
      if (GROUPS.includes(name)) for (const value of new Set(values(event, name, clock))) count(name, value);
    }
    if (!out.length || out[0] === "cost") {
      for (const value of costValues) if (costs(event, value)) count("cost", value);
    }
  }
  return counts;
}

// Upcoming first to last, then what is on demand, then past last to first.
export function byTime(clock) {
  const rank = { upcoming: 0, "on-demand": 1, past: 2 };
  return (one, other) => {
    const [a, b] = [timeOf(one, clock), timeOf(other, clock)];
    if (a !== b) return rank[a] - rank[b];
    const [x, y] = [one.start || one.end || "9999", other.start || other.end || "9999"];
    const order = x < y ? -1 : x > y ? 1 : one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
    return a === "past" ? -order : order;
  };
}

// In the order that is asked for. Events that come ranked by words keep that rank where no other order is wanted, but
// what is over comes after what is not.
export function sorted(events, asked, clock) {
  const time = byTime(clock);
  const found = [...events];
  switch (asked.sort) {
    case "deadline": {
      const day = (event) => (timeOf(event, clock) === "past" ? "" : nextDeadline(event, clock)) || "9999";
      return found.sort((a, b) => (day(a) < day(b) ? -1 : day(a) > day(b) ? 1 : time(a, b)));
    }
    case "newest":
      return found.sort((a, b) => (a.announced > b.announced ? -1 : a.announced < b.announced ? 1 : time(a, b)));
    case "date":
      return found.sort(time);
    default:
      if (!asked.q) return found.sort(time);
      return found.sort((a, b) => (timeOf(a, clock) === "past") - (timeOf(b, clock) === "past"));
  }
}

// What can be dropped, one group at a time: [{name, values, without}]; a question with nothing left is no way on.
export function drops(asked) {
  const found = [];
  const drop = (name, dropped, change) => {
    const without = { ...asked, ...change };
    if (isAsked(without)) found.push({ name, values: dropped, without });
  };
  if (asked.q) drop("q", [asked.q], { q: "" });
  for (const name of GROUPS) if (asked[name].length) drop(name, asked[name], { [name]: [] });
  if (asked.cost) drop("cost", [asked.cost], { cost: "" });
  if (asked.date || asked.from || asked.to) drop("date", [asked.date], { date: "", from: "", to: "" });
  return found;
}
