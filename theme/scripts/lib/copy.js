// "Copy" buttons beside the addresses of calendars. They are hidden in the page: without a script, or
// where the browser has no clipboard to offer (plain http), the field itself can be selected.

export function offerCopy(document) {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = button.previousElementSibling;
    const words = button.innerHTML;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
      setTimeout(() => {
        button.innerHTML = words;
      }, 2000);
    });
  }
}
