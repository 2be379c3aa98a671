// Preloaded into the conformance suite, which calls servers without a token: adds one to each call of /mcp, whichever of
// node's ways it takes.
import http from "node:http";

import { Agent, fetch, setGlobalDispatcher } from "undici";

const authorization = `Bearer ${process.env.OKEY_API_TOKEN}`;

const withToken = (dispatch) => (options, handler) => {
  if (!options.path.startsWith("/mcp")) return dispatch(options, handler);
  const sent = options.headers ?? [];
  const headers = Array.isArray(sent) ? [...sent, "authorization", authorization] : { ...sent, authorization };
  return dispatch({ ...options, headers }, handler);
};

setGlobalDispatcher(new Agent().compose(withToken));
globalThis.fetch = fetch;

const plain = http.request;
http.request = (...given) => {
  const request = plain(...given);
  if (request.path.startsWith("/mcp")) request.setHeader("authorization", authorization);
  return request;
};
