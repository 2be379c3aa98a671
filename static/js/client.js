// Offers the device's time zone where the meeting's time is another there. It only offers: the page is right without.
"use strict";

(() => {
  const offer = document.querySelector("[data-zone-offer]");
  const link = offer?.querySelector("[data-zone-link]");
  if (!link) return;

  const clock = (zone) => new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, dateStyle: "short", timeStyle: "short",
  }).format(new Date(offer.dataset.zoneAt));

  try {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    // Many names mean the same clocks.
    if (!zone || clock(zone) === clock(offer.dataset.zoneOffer)) return;
    link.href = `?zone=${encodeURIComponent(zone)}`;
    link.textContent = zone.replaceAll("_", " ");
    offer.hidden = false;
  } catch {
    // A browser that does not know one of the zones: nothing is offered.
  }
})();
