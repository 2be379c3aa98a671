// Shows the times in the device's own zone, where the address names none and the page shows another. Once: the new
// address names it.
"use strict";

(() => {
  const form = document.querySelector("[data-guess-zone]");
  if (!form) return;
  try {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!zone || zone === form.dataset.guessZone) return;
    const address = new URL(window.location.href);
    address.searchParams.set("zone", zone);
    window.location.replace(address);
  } catch {
    // A browser that does not know its zone: the client chooses it.
  }
})();
