// A program on the generated TypeScript client: it schedules, reads a problem's members, and cancels.
// Arguments: O-Key's address and an API token. It prints one JSON object.
import { addContact, cancelMeeting, listSlots, me, readMeeting, scheduleMeeting } from "./client";
import { createClient } from "./client/client";
import type { ProblemDocument } from "./client";

declare const process: { argv: string[] };

function there<T>(value: T | undefined, problem?: unknown): T {
  if (value === undefined) throw new Error(`nothing came: ${JSON.stringify(problem)}`);
  return value;
}

async function main(url: string, token: string): Promise<void> {
  const client = createClient({ baseUrl: url, auth: token });

  const contact = await addContact({ client, body: { name: "Tess Type", email: "tess@example.com" } });
  const contactId = there(contact.data, contact.error).id;
  const slots = await listSlots({ client, query: { limit: 20 } });
  // Not of today, whose next time is soon over.
  const [first, second] = there(slots.data, slots.error).items.slice(-2);
  const wanted = { contact_id: contactId, title: "Kick-off", starts_at: there(first).starts_at };
  const scheduled = await scheduleMeeting({
    client,
    body: wanted,
    headers: { "Idempotency-Key": "typescript-1", Prefer: "wait=20" },
  });
  const made = there(scheduled.data, scheduled.error);

  const taken: ProblemDocument = there((await scheduleMeeting({ client, body: wanted })).error);
  if (taken.code !== "slot_taken") throw new Error(taken.code);
  const twice: ProblemDocument = there(
    (await addContact({ client, body: { name: "Tess again", email: "TESS@example.com" } })).error,
  );
  const lacking: ProblemDocument = there((await me({ client, auth: "okey_wrong" })).error);

  const cancelled = await cancelMeeting({ client, path: { meeting_id: made.id } });
  const read = await readMeeting({ client, path: { meeting_id: made.id } });
  console.log(
    JSON.stringify({
      contact_id: contactId,
      link: made.link.status,
      next_free: there(taken.next_free?.[0]).starts_at,
      second_slot: there(second).starts_at,
      holder: there(twice.contact_id),
      refused: lacking.code,
      cancelled: [there(cancelled.data).status, there(read.data).status],
    }),
  );
}

const [url, token] = process.argv.slice(2);
void main(there(url), there(token));
