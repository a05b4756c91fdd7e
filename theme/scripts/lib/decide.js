// What an event costs you, and whether you can still register: both depend on who reads the page and when, so the
// page holds all the facts, and this script points at the ones that apply.

import { now } from "./clock.js";
import { element } from "./element.js";
import { say } from "./say.js";

// Whose price one pays where there is none of one's own.
const GROUPS = {
  federal: ["federal", "government", "public"],
  "state-local": ["state-local", "government", "public"],
  contractor: ["contractor", "public"],
  public: ["public"],
};
const KEY = "events.reader";
// In minutes.
const DAY = 1440;

// The page's day where one was chosen for the build, else the reader's minute.
function minute(document) {
  const { asOf } = document.documentElement.dataset;
  return asOf ? Date.parse(`${asOf}T12:00Z`) / 60000 : now();
}

export function offerPrice(document) {
  const box = document.querySelector("[data-my-price]");
  if (!box) return;
  const rows = [...document.querySelectorAll("[data-group]")];
  const choice = box.querySelector("select");
  const answer = box.querySelector("output");
  const at = minute(document);

  const show = () => {
    const group = (GROUPS[choice.value] || []).find((name) => rows.some((row) => row.dataset.group === name));
    const mine = rows.filter((row) => row.dataset.group === group);
    const valid = mine.filter((row) => row.dataset.ends === "0" || Number(row.dataset.ends) > at);
    const [best] = valid.sort((a, b) => Number(a.dataset.value) - Number(b.dataset.value));
    for (const row of rows) row.classList.toggle("prices__mine", row === best);
    if (!choice.value) answer.textContent = "";
    else if (best) answer.textContent = best.cells[1].textContent;
    else answer.textContent = mine.length ? say("no longer on sale") : say("not stated");
  };

  // A locked-down browser may refuse to keep anything; the choice then holds for this page.
  try {
    choice.value = localStorage.getItem(KEY) || "";
  } catch {}
  choice.addEventListener("change", () => {
    try {
      if (choice.value) localStorage.setItem(KEY, choice.value);
      else localStorage.removeItem(KEY);
    } catch {}
    show();
  });
  box.hidden = false;
  show();
}

// Beside a price and a deadline: a day that is behind the reader.
export function tellPast(document) {
  const at = minute(document);
  for (const part of document.querySelectorAll("[data-ends]")) {
    const ends = Number(part.dataset.ends);
    if (ends && ends <= at) (part.cells ? part.cells[2] : part).append(" ", say("(past)"));
  }
}

// Whole sentences: a language may put the days elsewhere.
function opensIn(days) {
  if (days < 1) return say("Opens within a day.");
  return days === 1 ? say("Opens in 1 day.") : say("Opens in {days} days.", { days });
}

function closesIn(days) {
  if (days < 1) return say("Closes within a day.");
  return days === 1 ? say("Closes in 1 day.") : say("Closes in {days} days.", { days });
}

// In the place of what the record says, but where that says more: a waitlist closes too, and what is sold out is not
// told when it closes.
export function tellRegistration(document) {
  const place = document.querySelector("[data-registration]");
  if (!place) return;
  const at = minute(document);
  const state = place.dataset.registration;
  const opens = Number(place.dataset.opens);
  const closes = Number(place.dataset.closes);
  const closed = closes && at >= closes;
  const over = document.querySelector("[data-over]:not([hidden])");
  let said = "";
  if (closed) said = say("Registration has closed.");
  else if (over || ["sold-out", "walk-in"].includes(state)) said = "";
  else if (opens && at < opens) said = opensIn(Math.floor((opens - at) / DAY));
  else if (closes && state !== "closed" && closes - at < 60 * DAY) said = closesIn(Math.floor((closes - at) / DAY));
  if (said) {
    const strong = element("strong", "", said);
    if (closed) place.replaceChildren(strong);
    else if (place.querySelector("strong") && state !== "waitlist") place.querySelector("strong").replaceWith(strong);
    else place.prepend(strong, " ");
  }
  const button = place.closest("dd").querySelector(".about__button");
  if (button && (closed || over)) {
    button.className = "usa-link";
    button.textContent = say("Registration page");
  }
}

export function offerPrint(document) {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
