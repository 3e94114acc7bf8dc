import type { Random } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import type { ClaimedFanOut, EventBusKey, FanOut } from "@hearth/store";
import type { BusDirectory } from "./busDirectory.ts";
import type { BusEvent } from "./busEvent.ts";
import { type EventOrigin, matchingsOf, messageFor } from "./busRules.ts";
import { matchEvent } from "./matchEvent.ts";
import type { MatchedEvent } from "./targetInput.ts";

const READER = "eventbridge";

interface Context {
  readonly bus: string;
  readonly event: Omit<BusEvent, "detail">;
  readonly ingestionTime: string;
  readonly hops: number;
  readonly traceId?: string;
  readonly ruleArns?: readonly string[];
}

/** An event whose targets get it later, in parts. */
export function eventFanOut(
  { accountId, region, bus }: EventBusKey,
  { event, ingestionTime }: Pick<MatchedEvent, "event" | "ingestionTime">,
  { hops, traceId, ruleArns }: EventOrigin,
  id: string,
): FanOut {
  const { detail, ...rest } = event;
  const context: Context = {
    bus,
    event: rest,
    ingestionTime,
    hops,
    ...(traceId !== undefined && { traceId }),
    ...(ruleArns && { ruleArns }),
  };
  return { id, accountId, region, reader: READER, body: Buffer.from(detail), context: { ...context } };
}

export interface EventFanOutDeps {
  readonly directory: Pick<BusDirectory, "find">;
  readonly random: Random;
}

/** Finds the targets of events that wait in fan-outs: those of the rules that match at that time. */
export function eventChunkReader({ directory, random }: EventFanOutDeps): {
  readonly name: string;
  read(
    fanOut: ClaimedFanOut,
    limit: { readonly messages: number; readonly bytes: number },
  ): Promise<{ readonly messages: readonly OutgoingMessage[]; readonly next?: string | undefined }>;
} {
  return {
    name: READER,
    async read({ accountId, region, body, context, cursor }, limit) {
      const { bus, event, ingestionTime, hops, traceId, ruleArns } = context as unknown as Context;
      const rules = await directory.find({ accountId, region, bus });
      if (!rules) return { messages: [] };
      const whole = matchEvent({ ...event, detail: Buffer.from(body).toString("utf8") }, ingestionTime);
      const all = matchingsOf(rules.rulesFor(whole.parsed, ruleArns)).map((matching) => ({
        matching,
        // A space sorts before every character of names and ids.
        key: `${matching.rule.arn} ${matching.prepared.target.Id}`,
      }));
      const rest = all
        .filter(({ key }) => typeof cursor !== "string" || key > cursor)
        .sort((a, b) => (a.key < b.key ? -1 : 1));
      const fitting = Math.max(1, Math.floor(limit.bytes / Math.max(1, body.byteLength)));
      const chunk = rest.slice(0, Math.min(limit.messages, fitting));
      return {
        messages: chunk.map(({ matching }) => messageFor(rules.key, matching, whole, { hops, traceId }, random.uuid())),
        next: rest.length > chunk.length ? chunk.at(-1)?.key : undefined,
      };
    },
  };
}
