import {
  choice,
  FunctionName,
  integer,
  Qualifier,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
  TooManyRequestsException,
  ValidationException,
} from "@hearth/model";
import type { ListedEvent } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { AdminDeps } from "./deps.ts";

const Id = z.uuid();
const Moment = z.iso.datetime({ offset: true });
const MAX_LISTED = 500;
const MAX_REPLAYED = 1_000;
const SECOND_MS = 1_000;

type Deps = Pick<AdminDeps, "eventHistory">;

/** The latest asynchronous invocations of a function, or of all functions of the account, latest first. */
export const listEvents = operation({
  name: "ListEvents",
  http: ["GET", "/_hearth/events", 200],
  query: { function: "function", state: "state", from: "from", to: "to", limit: "limit" },
  input: structure({
    function: FunctionName.optional(),
    state: choice(["waiting", "running", "succeeded", "failed"]).optional(),
    from: Moment.optional(),
    to: Moment.optional(),
    limit: z.coerce.number().int().min(1).max(MAX_LISTED).optional(),
  }),
  errors: [ValidationException],
  async handle({ function: name, from, to, limit = 50, state }, { accountId, region }, { eventHistory }: Deps) {
    const listing = { accountId, region, FunctionName: name, from: dateOf(from), to: dateOf(to), limit, state };
    return { events: (await eventHistory.list(listing)).map(shown) };
  },
});

/** One event with its last runs, what could not be delivered of it, and its replays. */
export const getEvent = operation({
  name: "GetEvent",
  http: ["GET", "/_hearth/events/{id}", 200],
  input: structure({ id: Id }),
  errors: [ValidationException, ResourceNotFoundException],
  async handle({ id }, context, { eventHistory }: Deps) {
    const event = await eventHistory.show(context, id);
    if (!event) throw unknown(id);
    const { attempts, undelivered, replays } = event;
    return { ...shown(event), attempts, undelivered, replays };
  },
});

/** Accepts finished events again, within what the account may store: some by their ids, or the failed ones of a function that were not replayed yet. */
export const replayEvents = operation({
  name: "ReplayEvents",
  http: ["POST", "/_hearth/events/replay", 202],
  input: structure({
    ids: z.array(Id).min(1).max(MAX_REPLAYED).optional(),
    function: FunctionName.optional(),
    from: Moment.optional(),
    to: Moment.optional(),
    qualifier: Qualifier.optional(),
    /** Events per second. */
    rate: integer({ min: 1, max: 1_000 }).optional(),
  }),
  errors: [ValidationException, TooManyRequestsException],
  async handle(
    { ids, function: name, from, to, qualifier, rate = 100 },
    { accountId, region },
    { eventHistory, facts, disk }: Deps & Pick<AdminDeps, "facts" | "disk">,
  ) {
    if (disk.isShort) {
      throw new TooManyRequestsException(
        "CallerRateLimitExceeded",
        "The host has too little free disk space for more events. Try again later.",
      );
    }
    if ((ids === undefined) === (name === undefined)) {
      throw new ValidationException("Name either ids of events or a function.");
    }
    const replayed = await eventHistory.replay({
      accountId,
      region,
      ids,
      FunctionName: name,
      from: dateOf(from),
      to: dateOf(to),
      Qualifier: qualifier,
      everyMs: SECOND_MS / rate,
      limit: MAX_REPLAYED,
      maxPayloadBytes: facts.maxEventPayloadBytes,
    });
    return { replayed, isLimited: ids === undefined && replayed.length === MAX_REPLAYED };
  },
});

/** Ends an event that waits for its first run or a retry. */
export const cancelEvent = operation({
  name: "CancelEvent",
  http: ["DELETE", "/_hearth/events/{id}", 204],
  input: structure({ id: Id }),
  errors: [ValidationException, ResourceNotFoundException, ResourceConflictException],
  async handle({ id }, context, { eventHistory }: Deps) {
    if (await eventHistory.cancel(context, id)) return undefined;
    const event = await eventHistory.show(context, id);
    if (!event) throw unknown(id);
    throw new ResourceConflictException(
      event.finishedAt ? `The event ${id} is finished.` : `The event ${id} runs now, and is not cancelled.`,
    );
  },
});

function unknown(id: string): ResourceNotFoundException {
  return new ResourceNotFoundException(`There is no event ${id}.`);
}

function dateOf(moment: string | undefined): Date | undefined {
  return moment === undefined ? undefined : new Date(moment);
}

function shown(event: ListedEvent): object {
  const { id, FunctionName: name, Qualifier: qualifier, state, condition, runs, lastError, replayOf } = event;
  const { payloadBytes, payloadKept, acceptedAt, dueAt, finishedAt } = event;
  return {
    id,
    function: name,
    ...(qualifier !== null && { qualifier }),
    state,
    ...(condition !== null && { condition }),
    acceptedAt: acceptedAt.toISOString(),
    ...(finishedAt === null ? { dueAt: dueAt.toISOString() } : { finishedAt: finishedAt.toISOString() }),
    runs,
    ...(lastError !== null && { lastError }),
    payloadBytes,
    payloadKept,
    ...(replayOf !== null && { replayOf }),
  };
}
