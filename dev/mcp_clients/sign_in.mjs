// The official SDK with its OAuth client provider: from O-Key's bare address to a scheduled meeting. What the owner's
// browser would do is done by whoever runs this: the address to open goes out by a line, the address that the browser
// is led back to comes in by one. The last line is what came of it.
import { createInterface } from "node:readline/promises";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const address = new URL(process.argv[2]);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

class Provider {
  get redirectUrl() {
    return "http://127.0.0.1:33419/callback";
  }
  get clientMetadata() {
    return {
      client_name: "Test assistant",
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    };
  }
  state() {
    return "st-4te";
  }
  clientInformation() {
    return this.client;
  }
  saveClientInformation(client) {
    this.client = client;
  }
  tokens() {
    return this.kept;
  }
  saveTokens(tokens) {
    this.kept = tokens;
  }
  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  }
  codeVerifier() {
    return this.verifier;
  }
  redirectToAuthorization(url) {
    say({ open: String(url) });
  }
}

const provider = new Provider();

async function connect() {
  const client = new Client({ name: "okey-test", version: "1" });
  const transport = new StreamableHTTPClientTransport(address, { authProvider: provider });
  try {
    await client.connect(transport);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    const lines = createInterface({ input: process.stdin });
    const back = new URL((await lines[Symbol.asyncIterator]().next()).value);
    lines.close();
    await transport.finishAuth(back.searchParams.get("code"));
    return connect();
  }
  return client;
}

async function call(client, name, args) {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError) throw new Error(`${name}: ${JSON.stringify(result.content)}`);
  return result.structuredContent;
}

const client = await connect();
// A token that has run out: the SDK gets another one by itself, and calls again.
provider.saveTokens({ ...provider.tokens(), access_token: "okey_access_old" });
const tools = (await client.listTools()).tools.map((tool) => tool.name);
const [contact] = (await call(client, "find_contacts", { query: "Yuki" })).contacts;
// Not of today, whose next time may be over before it is taken.
const free = (await call(client, "find_free_times", { limit: 20 })).slots.at(-1);
const made = await call(client, "schedule_meeting", {
  contact_id: contact.id,
  title: "Kick-off",
  starts_at: free.starts_local,
  wait_seconds: 10,
});
if (made.link_status !== "ready") {
  // The machine is busy; an assistant asks again, as it was told.
  Object.assign(made, await call(client, "get_join_link", { meeting_id: made.id, wait_seconds: 10 }));
}
await client.close();
say({ tools, made, tokens: provider.tokens() });
