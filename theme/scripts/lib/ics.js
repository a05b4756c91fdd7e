// One calendar file out of several: the events that are asked for, byte for byte as the feeds have them, with the time
// zones that they use. And the calendar that one can subscribe to instead.

// RFC 5545, 3.1: a line goes on where the next one begins with a space.
const unfold = (block) => block.replace(/\r?\n[ \t]/g, "");

// The VEVENTs of a file by the id in their UID ("<id>@<domain>"), and its VTIMEZONEs by their TZID. A text cannot end
// a component: within a value a line break is written "\n" (3.3.11).
export function components(text) {
  const events = new Map();
  const zones = new Map();
  for (const [block, kind] of text.matchAll(/^BEGIN:(VEVENT|VTIMEZONE)\r?\n[^]*?^END:\1\r?$\n?/gm)) {
    const name = unfold(block).match(kind === "VEVENT" ? /^UID:(.+)@[^@\r\n]+$/m : /^TZID:(.+?)\r?$/m);
    if (name) (kind === "VEVENT" ? events : zones).set(name[1].trim(), block);
  }
  return { events, zones };
}

export function zonesOf(event) {
  return [...unfold(event).matchAll(/^(?:DTSTART|DTEND)[^:\r\n]*;TZID="?([^":;\r\n]+)/gm)].map((found) => found[1]);
}

// A calendar of these VEVENTs; no name and no refresh, for it is a copy and no feed.
export function compose(events, zones) {
  const used = [...new Set(events.flatMap(zonesOf))].sort();
  const head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Events for public servants//Chosen events//EN", "CALSCALE:GREGORIAN", ""];
  return [head.join("\r\n"), ...used.map((zone) => zones.get(zone) || ""), ...events, "END:VCALENDAR\r\n"].join("");
}

// Fetches the VEVENTs of these events from the feeds, from as few files as hold them. Without a day there is none.
// `address` gives the address of an event's own file, `root` the way to
// the site's, `years` those of the archive.
export async function calendarOf(chosen, years, root, address) {
  const dated = chosen.filter((event) => event.begins !== 0);
  const events = new Map();
  const zones = new Map();
  const missing = () => dated.filter((event) => !events.has(event.id));
  const take = async (href) => {
    const answer = await fetch(href);
    // A directory without anything past has no archive, and so on: the events' own files always exist.
    if (!answer.ok) return;
    const found = components(await answer.text());
    for (const [id, block] of found.events) events.set(id, block);
    for (const [id, block] of found.zones) zones.set(id, block);
  };
  const own = async () => {
    for (let rest = missing(); rest.length; rest = rest.slice(8)) {
      await Promise.all(rest.slice(0, 8).map((event) => take(address(event))));
    }
  };
  if (dated.length > 8) {
    await take(`${root}/events.ics`);
    if (missing().length > 8) {
      const wanted = new Set(missing().map((event) => event.end.slice(0, 4)));
      for (const year of years.filter((year) => wanted.has(year))) await take(`${root}/archive/${year}.ics`);
    }
  }
  await own();
  if (missing().length) throw new Error(`no VEVENT of ${missing()[0].id}`);
  return compose(dated.map((event) => events.get(event.id)), zones);
}

export function save(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/calendar;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

const FOLDERS = { topic: "topics", organizer: "organizers", state: "states", format: "formats", kind: "kinds", audience: "audiences" };

// The calendars that hold all that is asked for, the narrowest first, by their ids in feeds.json. `exact` tells whether
// the first would hold nothing else. What is only past or on demand is in none.
export function calendarsFor(asked) {
  const { when } = asked;
  const never = asked.format.length === 1 && asked.format[0] === "on-demand";
  if (never || (when.length && !when.includes("upcoming"))) return { ids: [], exact: "" };
  const one = Object.keys(FOLDERS).filter((name) => asked[name].length === 1);
  const ids = one.map((name) => `${FOLDERS[name]}/${asked[name][0]}`);
  const pairs = one.includes("topic")
    ? ["state", "format"].filter((name) => one.includes(name)).map((name) => `topics/${asked.topic[0]}/${asked[name][0]}`)
    : [];
  if (["free", "government"].includes(asked.cost)) ids.push("free");
  if (asked.credits.length) ids.push("credits");
  const all = [...pairs, ...ids, "events"];
  // Everything that is set beside the calendar's own choices makes it broader than the results.
  const groups = ["topic", "format", "kind", "state", "organizer", "audience", "eligibility", "credits", "accessibility"];
  const set = groups.filter((name) => asked[name].length > 0);
  const free = asked.cost === "government";
  const other = asked.q || asked.date || asked.from || asked.to || (asked.cost && !free) || set.some((name) => !one.includes(name));
  const plain = !other && (when.length === 0 || (when.length === 1 && when[0] === "upcoming"));
  let exact = "";
  if (plain) {
    if (free) exact = set.length === 0 ? "free" : "";
    else if (set.length === 0) exact = "events";
    else if (set.length === 1) exact = ids[0];
    else if (set.length === 2 && pairs.length === 1) exact = pairs[0];
  }
  return { ids: all, exact };
}
