import type { OutgoingMessage } from "@hearth/model";
import type { ClaimedFanOut, FanOut } from "@hearth/store";
import { evaluateRules, type EvaluationDeps } from "./evaluateRules.ts";
import type { Publication } from "./publication.ts";
import type { TopicRules } from "./topicRules.ts";

const READER = "iot";

/** A message that causes more messages than one transaction writes: they are made later, in parts. */
export function iotFanOut({ payload, ...context }: Publication, id: string): FanOut {
  const { accountId, region } = context;
  return { id, accountId, region, reader: READER, body: payload, context: { ...context } };
}

export interface IotFanOutDeps extends EvaluationDeps {
  readonly rules: Pick<TopicRules, "of">;
}

/** Makes the messages of publications that wait in fan-outs, with the rules as they are at that time. */
export function iotChunkReader(deps: IotFanOutDeps): {
  readonly name: string;
  read(
    fanOut: ClaimedFanOut,
    limit: { readonly messages: number; readonly bytes: number },
  ): Promise<{ readonly messages: readonly OutgoingMessage[]; readonly next?: number | undefined }>;
} {
  return {
    name: READER,
    async read({ accountId, region, body, context, cursor }, limit) {
      const rules = await deps.rules.of({ accountId, region });
      const publication = { ...(context as unknown as Omit<Publication, "payload">), payload: body };
      const all = evaluateRules(rules, publication, deps);
      const from = typeof cursor === "number" ? cursor : 0;
      // A message may have the payload twice: selected, and in base64 for the error action.
      const within = Math.floor(limit.bytes / (3 * body.byteLength + 1_000));
      const to = from + Math.max(1, Math.min(limit.messages, within));
      return { messages: all.slice(from, to), ...(to < all.length && { next: to }) };
    },
  };
}
