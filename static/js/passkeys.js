// Leads a form's button to allauth's script (mfa/js/webauthn.js), and says on the page what it cannot do: the person
// closed the window, or has no passkey here.
"use strict";

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("[data-passkey-button]").id;
  const { credential, passwordless } = form.elements;
  const ids = { add: button, authenticate: button, login: button, credential: credential.id, passwordless: passwordless?.id };
  const data = form.dataset.options && JSON.parse(form.dataset.options);
  window.allauth.webauthn.forms[form.dataset.passkey]({ ids, data });
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const said of document.querySelectorAll("[data-passkey-failed]")) said.hidden = false;
});
