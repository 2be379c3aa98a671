// For an owner's own site: makes of links to their booking page the page itself (data-okey="inline"), a window
// ("popup") or a button in the corner that opens one ("button"). No cookie, nothing kept, nothing asked of other
// hosts. Where it cannot run, the links lead to the page as links do. docs/booking.md has how it is used.
"use strict";

(() => {
  const script = document.currentScript;
  if (!script || document.documentElement.dataset.okey) return;
  document.documentElement.dataset.okey = "on";
  const home = new URL(script.src).origin;
  const frames = new Map(); // iframe → the link that it stands for
  const HEIGHT = 700, LEAST = 120, MOST = 6000;

  const framed = (link) => {
    const address = new URL(link.href, document.baseURI);
    if (address.origin !== home || !/^\/book\/[^/]+\/([^/]+\/)?$/.test(address.pathname)) return "";
    address.pathname += "embed/";
    return address.href;
  };

  const frame = (link) => {
    const one = document.createElement("iframe");
    one.title = link.dataset.okeyTitle || link.textContent.trim();
    Object.assign(one.style, { border: "0", width: "100%", height: `${HEIGHT}px`, display: "block" });
    one.src = framed(link);
    frames.set(one, link);
    return one;
  };

  const open = (link) => {
    const dialog = document.createElement("dialog");
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", link.dataset.okeyClose || "Close");
    Object.assign(dialog.style, {
      width: "min(46rem, 100vw)", maxWidth: "100vw", maxHeight: "100dvh", boxSizing: "border-box", padding: "0",
      border: "0", borderRadius: "12px", overflow: "auto",
    });
    Object.assign(close.style, {
      position: "sticky", top: "0", float: "right", zIndex: "1", width: "44px", height: "44px", border: "0",
      background: "transparent", color: "inherit", font: "24px/1 sans-serif", cursor: "pointer",
    });
    const one = frame(link);
    dialog.setAttribute("aria-label", one.title);
    dialog.append(close, one);
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      frames.delete(one);
      dialog.remove();
      link.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
  };

  const begin = (link) => {
    if (!framed(link)) return;
    if (link.dataset.okey === "inline") {
      link.before(frame(link));
      return;
    }
    if (link.dataset.okey === "button") {
      Object.assign(link.style, {
        position: "fixed", right: "16px", bottom: "16px", zIndex: "2147483000", padding: "14px 20px",
        borderRadius: "999px", background: "#1d4ed8", color: "#fff", font: "600 16px/1 sans-serif",
        textDecoration: "none", boxShadow: "0 2px 12px rgb(0 0 0 / 30%)",
      });
    }
    link.addEventListener("click", (event) => {
      // A new tab that is wanted is a new tab; a browser without dialogs follows the link.
      if (event.ctrlKey || event.metaKey || event.shiftKey || !window.HTMLDialogElement) return;
      event.preventDefault();
      open(link);
    });
  };

  window.addEventListener("message", ({ origin, source, data }) => {
    const one = origin === home && [...frames.keys()].find((frame) => frame.contentWindow === source);
    if (!one || !data || data.from !== "okey") return;
    const link = frames.get(one);
    if (Number.isFinite(data.height)) {
      one.style.height = `${Math.min(Math.max(Math.ceil(data.height), LEAST), MOST)}px`;
      // Only now is it known that the page may be shown here: the link was there in case that it may not.
      if (link.dataset.okey === "inline") link.hidden = true;
    }
    if (data.isNew && one.getBoundingClientRect().top < 0) one.scrollIntoView();
    if (data.booked) {
      const { type, startsAt } = data.booked;
      link.dispatchEvent(new CustomEvent("okey:booked", { bubbles: true, detail: { type, startsAt } }));
    }
  });

  const all = () => document.querySelectorAll("a[data-okey]").forEach(begin);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", all);
  else all();
})();
