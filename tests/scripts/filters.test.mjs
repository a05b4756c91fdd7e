// The question and what fits it, without a browser: node --test tests/scripts/

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addDays,
  countsOf,
  drops,
  isAsked,
  isNow,
  matching,
  nextDeadline,
  parse,
  PRESETS,
  queryOf,
  range,
  readDay,
  sorted,
} from "../../theme/scripts/lib/filters.js";

const KNOWN = { topic: ["ai", "cloud", "data"], state: ["dc", "ut"], when: ["upcoming", "on-demand", "past"], cost: ["free", "government", "100"] };
const CLOCK = { today: "2027-03-10", minute: null };
const ask = (query) => parse(new URLSearchParams(query), KNOWN);

function event(id, changes = {}) {
  return {
    id, start: "2027-04-06", end: "2027-04-06", first: "", until: 1, format: ["online"], topic: ["cloud"], state: [""],
    kind: [""], organizer: [], audience: [], eligibility: ["not-stated"], credits: [], accessibility: [], free: 0,
    price: -1, announced: "2027-01-05", deadlines: [], ...changes,
  };
}

const EVENTS = [
  event("a", { topic: ["cloud", "data"], state: ["dc"], free: 2, price: 0 }),
  event("b", { topic: ["data"], state: ["ut"], price: 100 }),
  event("c", { topic: ["cloud"], state: ["ut"], start: "2027-03-09", end: "2027-03-11" }),
  event("d", { topic: ["ai"], start: "2026-09-30", end: "2026-10-01", announced: "2026-01-01" }),
  event("e", { topic: ["ai"], format: ["on-demand"], start: "", end: "" }),
];
const ids = (events) => events.map(({ id }) => id).join("");

test("an event is on from its first minute to its last, or on its days where the directory keeps to one", () => {
  const timed = event("x", { start: "2027-03-10", end: "2027-03-10", begins: 100, until: 160, status: ["scheduled", ""] });
  const at = (minute) => isNow(timed, { today: "2027-03-10", minute });
  assert.deepEqual([99, 100, 159, 160].map(at), [false, true, true, false]);
  assert.equal(at(null), true);
  assert.equal(isNow(timed, { today: "2027-03-11", minute: null }), false);
  for (const status of ["cancelled", "postponed"]) assert.equal(isNow({ ...timed, status: [status, ""] }, CLOCK), false);
});

test("a question is written in one way, whatever the way it was typed", () => {
  assert.equal(queryOf(ask("?state=ut&topic=data&topic=cloud&q=+x+")), "q=x&topic=cloud&topic=data&state=ut");
  assert.equal(queryOf(ask("from=3/1/2027&date=q1")), "from=2027-03-01");
});

test("what is not offered is dropped without a word", () => {
  assert.equal(queryOf(ask("topic=x&state=ZZ&cost=7&date=never&from=soon&to=2027-02-30&sort=odd&y=1")), "");
  assert.equal(isAsked(ask("sort=newest")), false);
});

test("the addresses of old keep their meaning", () => {
  assert.equal(queryOf(ask("topic=data&free=1")), "topic=data&cost=government");
});

test("values of one group widen, groups narrow", () => {
  assert.equal(ids(matching(EVENTS, ask("topic=ai&topic=data"), CLOCK)), "abde");
  assert.equal(ids(matching(EVENTS, ask("topic=ai&topic=data&state=ut"), CLOCK)), "b");
  assert.equal(ids(matching(EVENTS, ask("when=past&when=on-demand"), CLOCK)), "de");
  assert.equal(ids(matching(EVENTS, ask("cost=free"), CLOCK)), "a");
  assert.equal(ids(matching(EVENTS, ask("cost=100"), CLOCK)), "ab");
});

test("each count is what choosing that value alone in its group would find", () => {
  for (const query of ["", "topic=cloud", "topic=cloud&state=ut", "when=upcoming&cost=100", "from=2027-01-01&topic=ai"]) {
    const asked = ask(query);
    const counts = countsOf(EVENTS, asked, CLOCK, KNOWN.cost);
    for (const name of ["topic", "state", "when"]) {
      for (const value of KNOWN[name]) {
        const found = matching(EVENTS, { ...asked, [name]: [value] }, CLOCK).length;
        assert.equal(counts[name][value] || 0, found, `${query}: ${name}=${value}`);
      }
    }
    for (const cost of KNOWN.cost) {
      assert.equal(counts.cost[cost] || 0, matching(EVENTS, { ...asked, cost }, CLOCK).length, `${query}: ${cost}`);
    }
  }
});

test("a day is read as it is written in the United States or by ISO 8601, and only if it exists", () => {
  assert.equal(readDay(" 3/5/2027 "), "2027-03-05");
  assert.equal(readDay("2027-3-5"), "2027-03-05");
  assert.equal(readDay(""), "");
  for (const wrong of ["2027-02-29", "13/1/2027", "March 5", "3/5/27", "0000-01-01"]) assert.equal(readDay(wrong), null);
  assert.equal(readDay("2/29/2028"), "2028-02-29");
});

test("the fiscal year starts in October, and its quarters make it up without a gap", () => {
  const year = (today) => range({ date: "fiscal-year" }, today);
  assert.deepEqual(year("2027-09-30"), { from: "2026-10-01", to: "2027-09-30" });
  assert.deepEqual(year("2027-10-01"), { from: "2027-10-01", to: "2028-09-30" });
  for (const today of ["2027-01-01", "2027-09-30", "2027-10-01", "2028-02-29"]) {
    const quarters = ["q1", "q2", "q3", "q4"].map((date) => range({ date }, today));
    assert.equal(quarters[0].from, year(today).from);
    assert.equal(quarters[3].to, year(today).to);
    for (let n = 1; n < 4; n += 1) assert.equal(addDays(quarters[n - 1].to, 1), quarters[n].from);
  }
});

test("every preset but the quarters holds today", () => {
  for (let day = "2027-01-01"; day < "2028-03-05"; day = addDays(day, 1)) {
    for (const date of PRESETS.slice(0, 5)) {
      const { from, to } = range({ date }, day);
      assert.ok(from <= day && day <= to, `${date} on ${day}: ${from} to ${to}`);
    }
    assert.equal(new Date(`${range({ date: "week" }, day).from}T00:00Z`).getUTCDay(), 0);
  }
});

test("an event is in a range if one of its days is", () => {
  assert.equal(ids(matching(EVENTS, ask("from=2027-03-11&to=2027-03-31"), CLOCK)), "c");
  assert.equal(ids(matching(EVENTS, ask("to=2026-09-30"), CLOCK)), "d");
  assert.equal(ids(matching(EVENTS, ask("date=today"), CLOCK)), "c");
  const fall = event("f", { start: "", first: "2027-09-01", end: "2027-11-30" });
  assert.equal(ids(matching([fall], ask("from=2027-10-01&to=2027-10-02"), CLOCK)), "f");
});

test("the deadline that has passed is not the next one", () => {
  const one = event("a", { deadlines: ["2027-03-09", "2027-03-10"] });
  assert.equal(nextDeadline(one, CLOCK), "2027-03-10");
  assert.equal(nextDeadline(one, { ...CLOCK, today: "2027-03-11" }), "");
});

test("each order puts first what it says", () => {
  const some = [
    event("a", { deadlines: ["2027-04-01"], start: "2027-06-01", end: "2027-06-01" }),
    event("b", { deadlines: [], start: "2027-05-01", end: "2027-05-01", announced: "2027-02-01" }),
    event("c", { deadlines: ["2027-03-20"], start: "2027-07-01", end: "2027-07-01" }),
    event("p", { start: "2026-01-01", end: "2026-01-01", announced: "2025-01-01" }),
  ];
  assert.equal(ids(sorted(some, ask(""), CLOCK)), "bacp");
  assert.equal(ids(sorted(some, ask("sort=deadline"), CLOCK)), "cabp");
  assert.equal(ids(sorted(some, ask("sort=newest"), CLOCK)), "bacp");
  assert.equal(ids(sorted([some[3], some[2], some[1]], ask("q=x"), CLOCK)), "cbp");
  assert.equal(ids(sorted([some[3], some[2], some[1]], ask("q=x&sort=date"), CLOCK)), "bcp");
});

test("each choice can be dropped, but for the last", () => {
  assert.deepEqual(drops(ask("topic=ai")), []);
  const ways = drops(ask("q=x&topic=ai&topic=data&from=2027-01-01"));
  assert.deepEqual(ways.map(({ name, without }) => [name, queryOf(without)]), [
    ["q", "topic=ai&topic=data&from=2027-01-01"],
    ["topic", "q=x&from=2027-01-01"],
    ["date", "q=x&topic=ai&topic=data"],
  ]);
});
