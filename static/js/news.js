// A part with data-news="address" data-every="seconds" asks there whether something is new. What comes takes the place
// of what has its id; 204 says that all is as it was. It ends with the part that asks.
"use strict";

(() => {
  const asking = () => document.querySelector("[data-news]");

  const look = async () => {
    const answer = await fetch(asking().dataset.news, { headers: { "HX-Request": "true" } });
    if (answer.headers.has("HX-Refresh")) location.reload();
    else if (answer.status === 200) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const fresh of [...page.body.children]) document.getElementById(fresh.id)?.replaceWith(fresh);
    }
  };

  const wait = () => {
    if (!asking()) return;
    setTimeout(() => look().catch(() => {}).finally(wait), 1000 * Number(asking().dataset.every));
  };
  wait();
})();
