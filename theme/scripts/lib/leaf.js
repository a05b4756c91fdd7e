// The tear-off leaf of an event out of the search data, as theme/templates/card.html draws it. It repeats the dates that
// stand beside it in words, so it is hidden from screen readers.

import { element } from "./element.js";
import { say } from "./say.js";

const part = (day, options) =>
  new Intl.DateTimeFormat(say("en-US"), { timeZone: "UTC", ...options }).format(new Date(`${day}T00:00Z`)).replace(".", "");
const month = (day) => part(day, { month: "short" });

export function leaf(event) {
  const { start, end } = event;
  let words = [say("Date TBA"), event.first.slice(0, 4) || "?", ""];
  if (event.format[0] === "on-demand") words = [say("On demand"), "▷", say("any time")];
  else if (start && (!end || end === start)) words = [month(start), String(Number(start.slice(8))), part(start, { weekday: "long" })];
  else if (start) {
    const whole = start.slice(0, 7) === end.slice(0, 7) ? month(start) : `${month(start)}–${month(end)}`;
    const short = [start, end].map((day) => part(day, { weekday: "short" }));
    words = [whole, `${Number(start.slice(8))}–${Number(end.slice(8))}`, short.join("–")];
  }
  const status = event.status[0] === "scheduled" ? "" : ` leaf--${event.status[0]}`;
  const made = element("div", `leaf leaf--${event.format[0]}${status}${words[1].length > 2 ? " leaf--long" : ""}`);
  made.setAttribute("aria-hidden", "true");
  ["band", "day", "foot"].forEach((name, place) => made.append(element("span", `leaf__${name}`, words[place])));
  return made;
}
