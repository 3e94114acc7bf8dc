import { list, structure } from "@hearth/model";
import { EVENT_STREAM_TYPE, eventMessage, exceptionMessage, operation, Reply } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, LimitExceededException, ResourceNotFoundException } from "../errors.ts";
import { filterPattern } from "../filterPattern.ts";
import { findGroup } from "../findGroup.ts";
import { LiveTail } from "../live-tail/liveTail.ts";
import * as words from "../words.ts";

/** AWS's limits. */
const MAX_SESSIONS = 15;
const SESSION_MS = 3 * 3_600_000;
const EVERY_MS = 1_000;

const JSON_TYPE = "application/json";

export const startLiveTail = operation({
  name: "StartLiveTail",
  input: structure({
    logGroupIdentifiers: list({ min: 1, max: 2048, pattern: "[\\w#+=/:,.@-]*" }, { min: 1, max: 10 }),
    logStreamNames: list({ min: 1, max: 512, pattern: "[^:*]*" }, { min: 1, max: 100 }).optional(),
    logStreamNamePrefixes: list({ min: 1, max: 512, pattern: "[^:*]*" }, { min: 1, max: 100 }).optional(),
    logEventFilterPattern: words.FilterPattern.optional(),
  }),
  output: structure({ responseStream: z.unknown() }),
  errors: [InvalidParameterException, ResourceNotFoundException, LimitExceededException],
  async handle(
    input,
    context,
    deps: Pick<LogsDeps, "groups" | "streams" | "chunks" | "threads" | "clock" | "random" | "liveTails" | "stop">,
  ) {
    const { logGroupIdentifiers, logStreamNames, logStreamNamePrefixes, logEventFilterPattern = "" } = input;
    if (logStreamNames && logStreamNamePrefixes) {
      throw new InvalidParameterException(
        "logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.",
      );
    }
    if ((logStreamNames ?? logStreamNamePrefixes) && logGroupIdentifiers.length > 1) {
      throw new InvalidParameterException("Log streams can be named only together with exactly one log group.");
    }
    const pattern = filterPattern(logEventFilterPattern);
    const groups = await Promise.all(
      logGroupIdentifiers.map((id) => findGroup(deps, context, words.groupNameOf({ logGroupIdentifier: id }, context))),
    );
    const { accountId, requestId, signal } = context;
    if ((deps.liveTails.get(accountId) ?? 0) >= MAX_SESSIONS) {
      throw new LimitExceededException(`An account can have ${MAX_SESSIONS} live tail sessions at the same time.`);
    }
    const tail = await LiveTail.open(deps, {
      accountId,
      groups,
      streamNames: logStreamNames,
      streamPrefixes: logStreamNamePrefixes,
      pattern,
      patternText: logEventFilterPattern,
    });
    const start = {
      requestId,
      sessionId: deps.random.uuid(),
      logGroupIdentifiers,
      logStreamNames: logStreamNames ?? [],
      logStreamNamePrefixes: logStreamNamePrefixes ?? [],
      logEventFilterPattern,
    };
    const stream = ReadableStream.from(messagesOf(tail, start, { ...deps, accountId, signal }));
    return new Reply(200, { "Content-Type": EVENT_STREAM_TYPE }, stream);
  },
});

interface Session extends Pick<LogsDeps, "clock" | "liveTails" | "stop"> {
  readonly accountId: string;
  readonly signal: AbortSignal;
}

async function* messagesOf(tail: LiveTail, start: object, session: Session): AsyncGenerator<Uint8Array> {
  const { clock, liveTails, accountId, stop } = session;
  const signal = AbortSignal.any([session.signal, stop]);
  const count = (change: 1 | -1): void => {
    const sessions = (liveTails.get(accountId) ?? 0) + change;
    if (sessions > 0) liveTails.set(accountId, sessions);
    else liveTails.delete(accountId);
  };
  count(1);
  try {
    // In AWS's JSON protocol, members of the answer that are no events come in a message of their own.
    yield json("initial-response", {});
    yield json("sessionStart", start);
    const endAt = clock.monotonicMs() + SESSION_MS;
    while (!signal.aborted && clock.monotonicMs() < endAt) {
      const { isSampled, events } = await tail.next();
      yield json("sessionUpdate", { sessionMetadata: { sampled: isSampled }, sessionResults: events });
      await clock.sleep(EVERY_MS, signal).catch(() => undefined);
    }
    if (stop.aborted) yield exception("SessionStreamingException", "The live tail session ends: Hearth stops.");
    else if (!signal.aborted) yield exception("SessionTimeoutException", "The live tail session has timed out.");
  } finally {
    count(-1);
  }
}

function exception(name: string, message: string): Uint8Array {
  return exceptionMessage(name, Buffer.from(JSON.stringify({ message })));
}

function json(eventType: string, payload: object): Uint8Array {
  return eventMessage(eventType, JSON_TYPE, Buffer.from(JSON.stringify(payload)));
}
