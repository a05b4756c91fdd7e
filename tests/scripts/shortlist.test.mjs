// The shortlist's sums, calendar files and the reader's own time: node --test tests/scripts/

import assert from "node:assert/strict";
import { test } from "node:test";
import { nothingAsked } from "../../theme/scripts/lib/filters.js";
import { calendarsFor, components, compose, zonesOf } from "../../theme/scripts/lib/ics.js";
import { clash, totals } from "../../theme/scripts/lib/shortlist.js";
import { ownTime } from "../../theme/scripts/lib/zones.js";

function event(changes = {}) {
  return {
    start: "2027-04-06", end: "2027-04-06", timed: 0, begins: 1, until: 2, format: ["online"], status: ["scheduled", ""],
    price: -1, pays: [-1, -1, -1, -1], earns: [], ...changes,
  };
}

test("times clash by the minute, whole days by the day", () => {
  const morning = event({ timed: 1, begins: 100, until: 160 });
  assert.equal(clash(morning, event({ timed: 1, begins: 159, until: 200 })), true);
  assert.equal(clash(morning, event({ timed: 1, begins: 160, until: 200 })), false);
  assert.equal(clash(morning, event()), true);
  assert.equal(clash(event({ end: "2027-04-08" }), event({ start: "2027-04-08", end: "2027-04-09" })), true);
  assert.equal(clash(event(), event({ start: "2027-04-07", end: "2027-04-07" })), false);
});

test("what does not take place then clashes with nothing", () => {
  for (const changes of [{ status: ["cancelled", ""] }, { status: ["postponed", ""] }, { format: ["on-demand"] }, { start: "" }]) {
    assert.equal(clash(event(changes), event()), false);
  }
});

test("the cost is that of the reader, and what is not stated is told", () => {
  const events = [event({ price: 100, pays: [100, 120, 300, 300], earns: [["CPE", 6.5], ["CLP", 0]] }), event({ price: 0, pays: [0, 0, -1, -1], earns: [["CPE", 1]] })];
  assert.deepEqual(totals(events, "federal"), { cost: 100, unknown: 0, credits: new Map([["CPE", 7.5], ["CLP", 0]]) });
  assert.equal(totals(events, "state-local").cost, 120);
  assert.equal(totals(events, "").cost, 100);
  const other = totals(events, "contractor");
  assert.deepEqual([other.cost, other.unknown], [300, 1]);
});

const ZONE = "BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nEND:VTIMEZONE\r\n";
const TIMED =
  "BEGIN:VEVENT\r\nUID:a-rather-long-na\r\n me@example.gov\r\nDTSTART;TZID=America/New_York:20270406T090000\r\nSUMMARY:END:VEVENT\\nBEGIN:VEVENT\r\nEND:VEVENT\r\n";
const DAY = "BEGIN:VEVENT\r\nUID:b@example.gov\r\nDTSTART;VALUE=DATE:20270406\r\nDESCRIPTION:;TZID=x:\r\nEND:VEVENT\r\n";

test("the parts of a calendar come out as they went in", () => {
  const found = components(`BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${ZONE}${TIMED}${DAY}END:VCALENDAR\r\n`);
  assert.deepEqual([...found.events], [["a-rather-long-name", TIMED], ["b", DAY]]);
  assert.deepEqual([...found.zones], [["America/New_York", ZONE]]);
  assert.deepEqual(zonesOf(DAY), []);
  assert.ok(compose([TIMED, DAY], found.zones).includes(`${ZONE}${TIMED}${DAY}END:VCALENDAR\r\n`));
  assert.ok(!compose([DAY], found.zones).includes("VTIMEZONE"));
});

test("a calendar is called exact only if nothing narrows the results further", () => {
  const of = (changes) => calendarsFor({ ...nothingAsked(), ...changes });
  assert.equal(of({ topic: ["ai"] }).exact, "topics/ai");
  assert.equal(of({ topic: ["ai"], when: ["upcoming"], sort: "newest" }).exact, "topics/ai");
  assert.equal(of({ topic: ["ai"], state: ["ut"] }).exact, "topics/ai/ut");
  assert.equal(of({ cost: "government" }).exact, "free");
  for (const changes of [{ q: "x" }, { topic: ["ai", "data"] }, { topic: ["ai"], kind: ["summit"] }, { topic: ["ai"], cost: "free" }, { date: "q1" }, { topic: ["ai"], state: ["ut"], format: ["online"] }, { credits: ["CPE"] }, { topic: ["ai"], when: ["upcoming", "past"] }]) {
    assert.equal(of(changes).exact, "", JSON.stringify(changes));
    assert.equal(of(changes).ids.at(-1), "events");
  }
  assert.deepEqual(of({ when: ["past"] }).ids, []);
  assert.deepEqual(of({ format: ["on-demand"] }).ids, []);
});

test("the reader's own time is told where it differs, with its day where that differs", () => {
  assert.equal(ownTime("2027-04-06T09:30-04:00", "America/New_York"), "");
  assert.equal(ownTime("2027-04-06T09:30-04:00", "America/Denver"), "7:30 a.m. your time");
  assert.equal(ownTime("2027-04-06T22:00:00-04:00", "UTC"), "2:00 a.m. your time on Wednesday, April 7");
  assert.equal(ownTime("2027-04-06", "UTC"), "");
  assert.equal(ownTime("2027-04-06T09:30Z", "Asia/Kolkata"), "3:00 p.m. your time");
});
