// The reader's clock. A page that was built last week must not call past what is not, or upcoming what is
// over: each event carries its instants (minutes since 1970, UTC), and this script sets right what the
// build could not know. A site built as of a chosen day keeps to that day.

export function now() {
  return Math.floor(Date.now() / 60000);
}

export function keepTime(document) {
  if (document.documentElement.dataset.asOf) return;
  const minute = now();
  const over = (element) => element.dataset.until !== "0" && Number(element.dataset.until) <= minute;
  const begun = (element) => element.dataset.begins !== "0" && Number(element.dataset.begins) <= minute;

  const today = new Date();
  const day = [today.getFullYear(), today.getMonth() + 1, today.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
  document.querySelector(`[data-day="${day}"]`)?.setAttribute("aria-current", "date");

  for (const event of document.querySelectorAll("[data-until][data-begins]")) {
    const badge = event.querySelector("[data-now]");
    if (badge && !event.querySelector(".badge--cancelled, .badge--postponed")) {
      badge.hidden = over(event) || !begun(event);
    }
  }
  for (const list of document.querySelectorAll("[data-list=upcoming]")) {
    const events = [...list.querySelectorAll("[data-until]")];
    const gone = events.filter(over);
    const past = document.querySelector("[data-past]");
    if (past && gone.length) {
      // The latest first.
      gone.sort((one, other) => Number(other.dataset.until) - Number(one.dataset.until));
      past.querySelector("ul").prepend(...gone);
      past.hidden = false;
    } else for (const event of gone) event.hidden = true;
    if (gone.length) {
      // How many there were in all is no longer how many there are.
      for (const count of document.querySelectorAll("[data-count]")) count.hidden = true;
    }
    if (gone.length && gone.length === events.length) {
      if ("whole" in list.dataset) list.hidden = true;
      for (const note of list.querySelectorAll("[data-none]")) note.hidden = false;
    }
    for (const group of list.querySelectorAll(".group")) {
      group.hidden = !group.querySelector("[data-until]:not([hidden])");
    }
  }
  for (const note of document.querySelectorAll("[data-over][data-until]")) {
    note.hidden = !over(note);
    if (over(note)) for (const part of document.querySelectorAll("[data-ahead]")) part.hidden = true;
  }
}
