// What node-ical makes of calendar files: one JSON list for all files named on the command line. Run it with TZ=UTC: it
// gives whole days as midnights of the machine.

import ical from "node-ical";

const moment = (time, day) => (day ? time.toISOString().slice(0, 10) : `${time.toISOString().slice(0, 19)}Z`);
const plain = (value) => (typeof value === "object" ? value.val : value);

function read(path) {
  return Object.values(ical.sync.parseFile(path))
    .filter((item) => item.type === "VEVENT")
    .map((event) => ({
      file: path,
      uid: event.uid,
      start: moment(event.start, event.datetype === "date"),
      end: moment(event.end, event.datetype === "date"),
      title: plain(event.summary),
      status: event.status,
    }));
}

process.stdout.write(JSON.stringify(process.argv.slice(2).flatMap(read)));
