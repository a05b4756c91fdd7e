// "Copy" buttons beside the addresses of calendars. They are hidden in the page: without a script, or
// where the browser has no clipboard to offer (plain http), the field itself can be selected.

import { say } from "./say.js";

export function offerCopy(document) {
  if (!navigator.clipboard) return;
  const spoken = document.querySelector("[data-copied]");
  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = button.previousElementSibling;
    button.hidden = false;
    button.addEventListener("click", async () => {
      let said = say("Copied");
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        // Not allowed here: the keyboard can do it.
        field.select();
        said = say("Press Ctrl+C");
      }
      button.textContent = said;
      // The button's name stays "Copy the address of …", so that the change must be said elsewhere.
      if (spoken) spoken.textContent = said;
      setTimeout(() => {
        button.textContent = say("Copy");
        if (spoken) spoken.textContent = "";
      }, 2000);
    });
  }
}
