// Where a page cannot be loaded, this answers with the page that says so. It keeps that page and the files that it
// needs; nothing of anybody's, and no other page.
"use strict";

const NAME = "okey-offline-{{ version }}";
const OFFLINE = "{{ offline }}";
const KEPT = [{% for path in kept %}"{{ path }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
// What programs and sign-ins of theirs ask; it is left alone.
const NOT_OURS = /^\/(api|mcp|oauth)(\/|$)/;

const keep = async () => {
  const cache = await caches.open(NAME);
  await cache.addAll(KEPT.map((path) => new Request(path, { credentials: "omit", cache: "reload" })));
  await self.skipWaiting();
};

const forgetOlder = async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name)));
};

const fetchOr = (request, path) => fetch(request).catch(async (problem) => {
  const kept = await caches.match(path, { ignoreVary: true });
  if (kept) return kept;
  throw problem;
});

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOlder()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin || NOT_OURS.test(pathname)) return;
  if (request.mode === "navigate") event.respondWith(fetchOr(request, OFFLINE));
  else if (KEPT.includes(pathname)) event.respondWith(fetchOr(request, pathname));
});
