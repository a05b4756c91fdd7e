// The reader's own time beside the event's, where the two differ. It goes into a line that is there already, so that
// nothing below moves.

import { say } from "./say.js";

export function ownTime(datetime, zone = undefined) {
  const found = /T\d\d:\d\d(?::\d\d)?(Z|[+-]\d\d:?\d\d)$/.exec(datetime);
  if (!found) return "";
  const at = new Date(datetime);
  const sign = found[1][0] === "-" ? -1 : 1;
  const digits = found[1].replace(/\D/g, "");
  const there = found[1] === "Z" ? 0 : sign * (60 * Number(digits.slice(0, 2)) + Number(digits.slice(2)));
  const part = (options) => new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options }).format(at);
  const wall = (minutes) => new Date(at.getTime() + minutes * 60000);
  const here = Date.parse(
    `${part({ year: "numeric", month: "2-digit", day: "2-digit" }).replace(/(\d+)\/(\d+)\/(\d+)/, "$3-$1-$2")}T${part({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" })}:00Z`,
  );
  const offset = Math.round((here - Math.floor(at.getTime() / 60000) * 60000) / 60000);
  if (offset === there) return "";
  const day = new Intl.DateTimeFormat(say("en-US"), { timeZone: zone, weekday: "long", month: "long", day: "numeric" }).format(at);
  const clock = part({ hour: "numeric", minute: "2-digit", hour12: true }).replace(/\s*AM/, say(" a.m.")).replace(/\s*PM/, say(" p.m."));
  const time = { [say("12:00 p.m.")]: say("noon"), [say("12:00 a.m.")]: say("midnight") }[clock] || clock;
  if (wall(offset).getUTCDate() === wall(there).getUTCDate()) return say("{time} your time", { time });
  return say("{time} your time on {day}", { time, day });
}

export function offerOwnTime(document) {
  for (const place of document.querySelectorAll("[data-own-time]")) {
    const said = ownTime(place.dataset.ownTime);
    if (said) place.textContent = ` (${said})`;
  }
}
