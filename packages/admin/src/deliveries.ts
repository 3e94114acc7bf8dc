import {
  choice,
  integer,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
  text,
  ValidationException,
} from "@hearth/model";
import type { ListedDelivery } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { AdminDeps } from "./deps.ts";

const Id = z.uuid();
const Moment = z.iso.datetime({ offset: true });
/** A function's name, or the ARN of a topic, a rule, a schedule … */
const Source = text({ min: 1, max: 1_600 });
const MAX_LISTED = 500;
const MAX_REPLAYED = 1_000;
const SECOND_MS = 1_000;

type Deps = Pick<AdminDeps, "deliveryHistory">;

/** The latest messages that wait to be sent or were given up, latest first. */
export const listDeliveries = operation({
  name: "ListDeliveries",
  http: ["GET", "/_hearth/deliveries", 200],
  query: { source: "source", state: "state", from: "from", limit: "limit" },
  input: structure({
    source: Source.optional(),
    state: choice(["waiting", "dead"]).optional(),
    from: Moment.optional(),
    limit: z.coerce.number().int().min(1).max(MAX_LISTED).optional(),
  }),
  errors: [ValidationException],
  async handle({ source, state, from, limit = 50 }, { accountId, region }, { deliveryHistory }: Deps) {
    const listed = await deliveryHistory.list({ accountId, region, source, state, from: dateOf(from), limit });
    return { deliveries: listed.map(shown) };
  },
});

export const getDelivery = operation({
  name: "GetDelivery",
  http: ["GET", "/_hearth/deliveries/{id}", 200],
  input: structure({ id: Id }),
  errors: [ValidationException, ResourceNotFoundException],
  async handle({ id }, context, { deliveryHistory }: Deps) {
    const delivery = await deliveryHistory.find(context, id);
    if (!delivery) throw unknown(id);
    return shown(delivery);
  },
});

/** Sends messages again that were given up: some by their ids, those of one source, or all. */
export const replayDeliveries = operation({
  name: "ReplayDeliveries",
  http: ["POST", "/_hearth/deliveries/replay", 202],
  input: structure({
    ids: z.array(Id).min(1).max(MAX_REPLAYED).optional(),
    source: Source.optional(),
    from: Moment.optional(),
    /** Messages per second. */
    rate: integer({ min: 1, max: 1_000 }).optional(),
  }),
  errors: [ValidationException],
  async handle(
    { ids, source, from, rate = 100 },
    { accountId, region },
    { deliveryHistory, wakeOutbox }: Deps & Pick<AdminDeps, "wakeOutbox">,
  ) {
    const replayed = await deliveryHistory.replay({
      accountId,
      region,
      ids,
      source,
      from: dateOf(from),
      everyMs: SECOND_MS / rate,
      limit: MAX_REPLAYED,
    });
    wakeOutbox();
    return { replayed, isLimited: ids === undefined && replayed.length === MAX_REPLAYED };
  },
});

/** Gives up a message that waits for its next attempt. */
export const cancelDelivery = operation({
  name: "CancelDelivery",
  http: ["DELETE", "/_hearth/deliveries/{id}", 204],
  input: structure({ id: Id }),
  errors: [ValidationException, ResourceNotFoundException, ResourceConflictException],
  async handle({ id }, context, { deliveryHistory }: Deps) {
    if (await deliveryHistory.cancel(context, id)) return undefined;
    const delivery = await deliveryHistory.find(context, id);
    if (!delivery) throw unknown(id);
    throw new ResourceConflictException(
      delivery.state === "dead" ? `The message ${id} was given up.` : `The message ${id} is being sent now.`,
    );
  },
});

function unknown(id: string): ResourceNotFoundException {
  return new ResourceNotFoundException(`There is no message ${id} that waits or was given up.`);
}

function dateOf(moment: string | undefined): Date | undefined {
  return moment === undefined ? undefined : new Date(moment);
}

function shown({ createdAt, dueAt, deadAt, eventId, ...delivery }: ListedDelivery): object {
  return {
    ...delivery,
    createdAt: createdAt.toISOString(),
    ...(deadAt === null ? { dueAt: dueAt.toISOString() } : { deadAt: deadAt.toISOString() }),
    ...(eventId !== null && { eventId }),
  };
}
