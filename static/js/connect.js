// Connect: opens the provider in a window on the click itself (browsers block later ones) and points it at the
// authorization URL when the server has made it. Without a window, the attempt's own page has the link.
"use strict";

(() => {
  const GOES_ON = "okey.goes-on-at";

  // `button`: in a form that is about something else, the one that connects.
  const sent = (form, button) => {
    const data = new FormData(form);
    if (button) data.append(button.name, button.value);
    return data;
  };

  const sendWithout = (form, button) => {
    if (button) {
      const said = document.createElement("input");
      Object.assign(said, { type: "hidden", name: button.name, value: button.value });
      form.append(said);
    }
    form.submit();
  };

  const connect = async (form, button) => {
    const popup = window.open("", "_blank", "popup,width=620,height=760");
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: sent(form, button),
        headers: { Accept: "application/json" },
        credentials: "same-origin",
      });
      const made = await answer.json();
      if (popup && made.authorization_url) popup.location.replace(made.authorization_url);
      else popup?.close();
      // This window goes on there; only the other one may close itself when it gets there too.
      sessionStorage.setItem(GOES_ON, made.page);
      window.location.assign(made.page);
    } catch {
      popup?.close();
      sendWithout(form, button);
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter?.matches("button[data-connect]") ? event.submitter : null;
    if (!(form instanceof HTMLFormElement) || !(button || form.matches("[data-connect]"))) return;
    if (event.defaultPrevented) return; // okey.js has seen a second click
    event.preventDefault();
    connect(form, button);
  });

  const isTheOther = sessionStorage.getItem(GOES_ON) !== window.location.pathname;
  if (isTheOther && document.querySelector("[data-closes-window]")) window.close();
  if (!isTheOther) document.querySelector("[data-other-window]")?.remove();
})();
