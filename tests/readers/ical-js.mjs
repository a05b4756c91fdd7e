// What ical.js (Thunderbird's reader) makes of calendar files: one JSON list for all files named on the command line.

import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const moment = (time) => (time.isDate ? time.toString() : `${new Date(time.toUnixTime() * 1000).toISOString().slice(0, 19)}Z`);

function read(path) {
  const calendar = new ICAL.Component(ICAL.parse(readFileSync(path, "utf8")));
  // As Thunderbird does: the file's own zones, and no database.
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(new ICAL.Timezone(zone));
  return calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return {
      file: path,
      uid: event.uid,
      start: moment(event.startDate),
      end: moment(event.endDate),
      title: event.summary,
      status: component.getFirstPropertyValue("status"),
    };
  });
}

process.stdout.write(JSON.stringify(process.argv.slice(2).flatMap(read)));
