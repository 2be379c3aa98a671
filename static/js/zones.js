// The time zones to choose from come as one small document that the browser keeps, rather than in each page.
"use strict";

(() => {
  for (const select of document.querySelectorAll("select[data-zones]:not([data-filled])")) {
    select.dataset.filled = "";
    fetch(select.dataset.zones, { credentials: "omit" })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(answer.status))))
      .then((options) => {
        const chosen = select.value;
        const others = document.createElement("template");
        others.innerHTML = options;
        // One that goes by an old name is in no list: it stays on top.
        const kept = [...others.content.querySelectorAll("option")].some((option) => option.value === chosen);
        for (const option of [...select.options]) if (kept && option.value) option.remove();
        select.append(others.content);
        select.value = chosen;
      })
      .catch(() => delete select.dataset.filled); // the chosen one still is there
  }
})();
