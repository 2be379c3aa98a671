// Tells the bot which zone the device is in, and keeps the last message and the line to write in sight.
"use strict";

(() => {
  const noteZone = () => {
    let zone = "";
    try { zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? ""; } catch { /* then the bot asks */ }
    for (const input of document.querySelectorAll("[data-device-zone]")) input.value = zone;
  };

  const showLast = () => {
    document.getElementById("log")?.lastElementChild?.scrollIntoView({ block: "nearest" });
    document.getElementById("say")?.scrollIntoView({ block: "nearest" });
  };

  noteZone();
  showLast();

  document.addEventListener("htmx:afterSettle", (event) => {
    noteZone();
    showLast();
    // A poll leaves the focus where it is.
    if (event.detail.requestConfig?.verb === "post") document.getElementById("say")?.focus({ preventScroll: true });
  });
})();
