// In a frame on an owner's site: tells the site how high this page is, that it is a new one, and that something was
// booked. The page opens in no frame but on sites that the owner named, so everybody who can listen may know.
"use strict";

(() => {
  if (window.parent === window) return;
  const tell = (what) => window.parent.postMessage({ from: "okey", ...what }, "*");
  const root = document.documentElement;
  const height = () => root.getBoundingClientRect().height;
  const booked = document.querySelector("[data-booked]");
  tell({ height: height(), isNew: true });
  if (booked) tell({ booked: { type: booked.dataset.booked, startsAt: booked.dataset.startsAt } });
  new ResizeObserver(() => tell({ height: height() })).observe(root);
})();
