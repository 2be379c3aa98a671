// A search that answers as one types, in the form data-live: what stands in #results comes anew, and the address says
// what was searched. Without scripts, and where anything is amiss, the form is sent as any other.
"use strict";

(() => {
  const form = document.querySelector("form[data-live]");
  const results = document.getElementById("results");
  if (!form || !results) return;
  const PAUSE = 250; // milliseconds after the last key
  let waiting, asking;

  const search = async () => {
    clearTimeout(waiting);
    asking?.abort();
    asking = new AbortController();
    const address = new URL(form.action);
    address.search = new URLSearchParams(new FormData(form)).toString();
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal: asking.signal });
      if (!answer.ok || answer.redirected) throw new Error("another page");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      results.replaceChildren(...(page.getElementById("results") ?? page.body).childNodes);
      history.replaceState(null, "", address);
    } catch (problem) {
      if (problem.name !== "AbortError") form.submit();
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
})();
