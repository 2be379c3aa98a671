// A button with data-swaps="#part" sends its form, and that part of the answer takes the place of the one that is here.
// Without scripts, and where anything is amiss, the form is sent as any other, and the answer is the page.
"use strict";

(() => {
  const send = (form, button) => {
    const said = document.createElement("input");
    Object.assign(said, { type: "hidden", name: button.name, value: button.value });
    form.append(said);
    form.submit();
  };

  const swap = async (form, button) => {
    const part = button.dataset.swaps;
    const data = new FormData(form);
    data.append(button.name, button.value);
    try {
      const answer = await fetch(form.action, { method: "POST", body: data });
      if (!answer.ok || answer.redirected) throw new Error("another page");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector(part);
      document.querySelector(part).replaceWith(fresh);
      fresh.querySelector("[autofocus]")?.focus();
      form.removeAttribute("aria-busy");
    } catch {
      send(form, button);
    }
  };

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.matches("button[data-swaps]") || event.defaultPrevented) return; // okey.js has seen a second click
    event.preventDefault();
    swap(event.target, button);
  });
})();
