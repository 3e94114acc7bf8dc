import { type AddressedEvent, busArn, type BusEvent, eventTime } from "@hearth/buses";
import { list, structure, structures, text, ThrottlingException, ValidationException } from "@hearth/model";
import { operation, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import type { EventBridgeDeps } from "../deps.ts";
import { checkEntry, type EntryProblem, entryBytes } from "../eventEntry.ts";
import { busKeyOf } from "../findBus.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";

/** Of all entries together. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const MAX_BYTES = 1_048_576;

const Entry = structure({
  Time: z.date().optional(),
  Source: text({ anyCharacter: true }).optional(),
  Resources: list({ max: 2048 }).optional(),
  DetailType: text({ anyCharacter: true }).optional(),
  Detail: text({ anyCharacter: true }).optional(),
  EventBusName: text({
    min: 1,
    max: 1600,
    pattern: "(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[\\.\\-_A-Za-z0-9]+",
  }).optional(),
  TraceHeader: text({ min: 1, max: 500 }).optional(),
});
type Entry = z.output<typeof Entry>;

export const putEvents = operation({
  name: "PutEvents",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    Entries: structures(Entry, { min: 1, max: 10 }),
    EndpointId: text({ min: 1, max: 50, pattern: "^[A-Za-z0-9\\-]+[\\.][A-Za-z0-9\\-]+$" }).optional(),
  }),
  output: structure({
    FailedEntryCount: z.int(),
    Entries: z.array(
      structure({
        EventId: z.string().optional(),
        ErrorCode: z.string().optional(),
        ErrorMessage: z.string().optional(),
      }),
    ),
  }),
  errors: [ThrottlingException],
  async handle(
    { Entries, EndpointId },
    context,
    deps: Pick<EventBridgeDeps, "publisher" | "clock" | "random" | "disk">,
  ) {
    if (EndpointId !== undefined) throw new ValidationException(`Endpoint ${EndpointId} does not exist.`);
    if (Entries.reduce((sum, entry) => sum + entryBytes(entry), 0) > MAX_BYTES)
      throw new ValidationException("Total size of the entries in the request is over the limit.");
    refuseWhenDiskIsShort(deps);
    const prepared = await Promise.all(Entries.map(async (entry) => await prepare(entry, context, deps)));
    await deps.publisher.publish(
      prepared.flatMap((one) => ("addressed" in one && one.addressed ? [one.addressed] : [])),
    );
    const answers = prepared.map((one) => ("ErrorCode" in one ? one : { EventId: one.EventId }));
    return { FailedEntryCount: answers.filter((answer) => "ErrorCode" in answer).length, Entries: answers };
  },
});

/** The event of an entry. It has no address when its bus does not exist: AWS drops it without an error. */
async function prepare(
  entry: Entry,
  context: RequestContext,
  { publisher, clock, random }: Pick<EventBridgeDeps, "publisher" | "clock" | "random">,
): Promise<EntryProblem | { readonly EventId: string; readonly addressed?: AddressedEvent }> {
  const checked = checkEntry(entry);
  if ("ErrorCode" in checked) return checked;
  const { accountId } = context.caller;
  const { region } = context;
  const key = busKeyOf({ accountId, region }, entry.EventBusName);
  if (key.accountId !== accountId) {
    const refusal = await context.refusalOf("PutEvents", { Entries: [{ EventBusName: busArn(key) }] });
    if (refusal) return { ErrorCode: "AccessDeniedException", ErrorMessage: refusal.message };
  }
  const rules = key.region === region ? await publisher.find(key) : undefined;
  const EventId = random.uuid();
  if (!rules) return { EventId };
  const event: BusEvent = {
    id: EventId,
    ...checked,
    account: accountId,
    region,
    time: eventTime(entry.Time?.getTime() ?? clock.now()),
    resources: entry.Resources ?? [],
  };
  const header = context.headers["x-amzn-trace-id"];
  const traceId = entry.TraceHeader ?? (typeof header === "string" ? header : undefined);
  return { EventId, addressed: { rules, event, origin: { hops: 1, traceId } } };
}
