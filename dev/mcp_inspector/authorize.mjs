// Preloaded into the inspector, whose command line takes no header in this version: adds the API token to each call.
const plain = globalThis.fetch;

globalThis.fetch = (address, options = {}) => {
  const headers = new Headers(options.headers);
  headers.set("Authorization", `Bearer ${process.env.OKEY_API_TOKEN}`);
  return plain(address, { ...options, headers });
};
