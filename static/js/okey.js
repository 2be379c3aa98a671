// Small conveniences for pages that work without them. Listeners sit on the document, so parts that htmx swaps in
// later need no set-up.
"use strict";

(() => {
  const announce = (words) => {
    const region = document.getElementById("announcer");
    if (!region) return;
    region.textContent = "";
    // A fresh task, or a screen reader does not notice that the same word came again.
    setTimeout(() => { region.textContent = words; }, 50);
  };

  // --- Copy: data-copy="text", or empty to copy the text box beside the button ---

  const boxBeside = (button) => button.closest(".copy")?.querySelector("input, textarea");

  const copyWithSelection = (button, text) => {
    // For addresses without https, where browsers offer no clipboard.
    const inDialog = button.closest("dialog");
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    (inDialog ?? document.body).append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    button.focus();
    return isCopied;
  };

  const copyText = async (button, text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyWithSelection(button, text);
    }
  };

  const sayCopied = (button) => {
    const label = button.querySelector("[data-copy-label]") ?? button;
    const words = button.dataset.copied || document.body.dataset.copied || "Copied";
    if (button.dataset.before === undefined) button.dataset.before = label.textContent;
    label.textContent = words;
    announce(words);
    clearTimeout(Number(button.dataset.timer));
    button.dataset.timer = String(setTimeout(() => {
      label.textContent = button.dataset.before;
      delete button.dataset.before;
    }, 2000));
  };

  const onCopy = async (button) => {
    const box = boxBeside(button);
    const text = button.dataset.copy || box?.value || "";
    if (await copyText(button, text)) sayCopied(button);
    else box?.select();
  };

  // --- Dialogs: data-opens="id" (a link's href is the way without scripts), data-closes inside ---

  const onOpen = (opener, event) => {
    const dialog = document.getElementById(opener.dataset.opens);
    if (!(dialog instanceof HTMLDialogElement)) return;
    event.preventDefault();
    if (!dialog.open) dialog.showModal();
  };

  const onNotice = (button) => {
    const notice = button.closest(".notice");
    const next = document.getElementById("main");
    notice?.remove();
    next?.focus({ preventScroll: true });
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const copy = target.closest("[data-copy]");
    if (copy) { onCopy(copy); return; }
    const opener = target.closest("[data-opens]");
    if (opener) { onOpen(opener, event); return; }
    const closer = target.closest("[data-closes]");
    if (closer) { closer.closest("dialog")?.close(); return; }
    const dismiss = target.closest("[data-dismisses]");
    if (dismiss) { onNotice(dismiss); return; }
    // A click on the backdrop lands on the dialog element itself; its inside is covered by children.
    if (target instanceof HTMLDialogElement && target.classList.contains("dialog")) target.close();
  });

  // --- A text box that is only there to be copied selects itself ---

  document.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.matches(".copy input")) event.target.select();
  });

  // --- data-once: a form that was sent ignores the second click ---

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-once")) return;
    if (form.getAttribute("aria-busy") === "true") event.preventDefault();
    else form.setAttribute("aria-busy", "true");
  });

  const wakeForms = () => {
    for (const form of document.querySelectorAll("form[data-once][aria-busy]")) form.removeAttribute("aria-busy");
  };
  // Back to a page that the browser kept: its forms may be sent again.
  window.addEventListener("pageshow", wakeForms);
  document.addEventListener("htmx:afterRequest", wakeForms);

  // --- Good news goes by itself, unless somebody is reading it; bad news stays ---

  const SECONDS_TO_READ = 8;

  const leaveLater = (notice) => {
    setTimeout(() => {
      if (notice.matches(":hover, :focus-within")) leaveLater(notice);
      else notice.remove();
    }, SECONDS_TO_READ * 1000);
  };

  const startNotices = (root) => {
    for (const notice of root.querySelectorAll(".notice[data-leaves]")) {
      notice.removeAttribute("data-leaves");
      leaveLater(notice);
    }
  };
  startNotices(document);
  document.addEventListener("htmx:load", (event) => startNotices(event.target));

  // --- Where there is no internet, a page says so (templates/phone/service_worker.js); not in other people's sites ---

  if (window === window.top) {
    // A browser that refuses (a private window, no room) shows its own page for that, as without scripts.
    navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
  }
})();
