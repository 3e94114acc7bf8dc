import { pipeline, type Readable, Transform } from "node:stream";
import { type Clock, HangWatch, type Logger } from "@hearth/kit";
import type Docker from "dockerode";

/** The engine did not answer a call in time. What the call asked for may still happen. */
export class EngineUnanswered extends Error {}

export interface EngineDeadlinesDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

type Done = (error: unknown, result?: unknown) => void;

/** What docker-modem is given for one request. */
interface Request {
  readonly method: string;
  readonly path: string;
  readonly options?: { readonly t?: number } | undefined;
  readonly file?: unknown;
  readonly abortSignal?: AbortSignal | undefined;
}

interface Modem {
  dial(request: Request, done: Done): void;
}

/** How long the engine may take. */
type Rule =
  /** To answer. Such calls also end when the engine hangs. */
  | { readonly kind: "answer"; readonly ms: number }
  /** To answer and, for calls that report what they do, between two pieces of news. */
  | { readonly kind: "progress"; readonly ms: number }
  /** To begin its answer, which then goes on for as long as both sides want. */
  | { readonly kind: "endless"; readonly ms: number };

const ANSWER_MS = 60_000;
/** The contents of an image's volumes are copied, or files removed. */
const COPYING_MS = 180_000;
/** The containers that are waited for run for half a minute at most. */
const WAIT_MS = 300_000;
/** A step of a build may say nothing for minutes. */
const SILENCE_MS = 600_000;
const LOOK_EVERY_MS = 5_000;

function ruleOf({ method, path, options }: Request): Rule {
  if (/^\/events|\/(attach|logs)(\?|$)/.test(path)) return { kind: "endless", ms: ANSWER_MS };
  if (/^\/(build|images\/(create|load))(\?|$)/.test(path)) return { kind: "progress", ms: SILENCE_MS };
  if (/\/wait(\?|$)/.test(path)) return { kind: "endless", ms: WAIT_MS };
  if (method === "DELETE" || path.startsWith("/containers/create")) return { kind: "answer", ms: COPYING_MS };
  return { kind: "answer", ms: ANSWER_MS + (options?.t ?? 0) * 1000 };
}

/**
 * Gives every call of `docker` a deadline from here on. When the engine answers nothing at all, calls that wait for an answer fail within seconds, and
 * new ones at once, until it answers again. Rejections are EngineUnanswered and say which call was not answered for how long. Disposal ends the watch.
 */
export function addDeadlines(docker: Docker, { clock, logger }: EngineDeadlinesDeps): HangWatch {
  const modem = docker.modem as Modem;
  const dial = modem.dial.bind(modem);
  const ping = (abortSignal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = { path: "/_ping", method: "GET", abortSignal, statusCodes: { 200: true, 500: "server error" } };
      dial(request, (error) => (error ? reject(error as Error) : resolve()));
    });
  const watch = new HangWatch({ name: "the Docker Engine", ping, clock, logger });
  modem.dial = (request, done) => limited(request, done, { dial, clock, logger, watch });
  return watch;
}

interface Limits extends EngineDeadlinesDeps {
  readonly dial: Modem["dial"];
  readonly watch: HangWatch;
}

function limited(request: Request, done: Done, { dial, watch, clock, logger }: Limits): void {
  const rule = ruleOf(request);
  const call = `${request.method} ${request.path.replace(/\?$/, "")}`;
  const sinceMs = clock.monotonicMs();
  const abort = new AbortController();
  const progress = { atMs: sinceMs };
  let isAnswered = false;
  const settle: Done = (error, result) => {
    if (isAnswered) return;
    isAnswered = true;
    timer[Symbol.dispose]();
    watched?.[Symbol.dispose]();
    done(error, result);
  };
  const fail = (reason: string): void => {
    const waitedMs = Math.round(clock.monotonicMs() - sinceMs);
    const error = new EngineUnanswered(`${reason}: ${call}, after ${waitedMs} ms`);
    if (!isAnswered) logger.warn({ call, waitedMs }, "a call of the Docker Engine was given up");
    settle(error);
    abort.abort(error);
  };
  const late = (): void => {
    const silentMs = clock.monotonicMs() - (rule.kind === "progress" ? progress.atMs : sinceMs);
    if (silentMs >= rule.ms) fail("the Docker Engine did not answer in time");
    else timer = clock.after(rule.ms - silentMs, late);
  };
  let timer = clock.after(rule.ms, late);
  const watched = rule.kind === "answer" ? watch.begin(({ message }) => fail(message)) : undefined;
  try {
    if (rule.kind === "answer") watch.check();
  } catch (error) {
    fail((error as Error).message);
    return;
  }
  const { abortSignal } = request;
  const until = abortSignal ? AbortSignal.any([abortSignal, abort.signal]) : abort.signal;
  const file = isStream(request.file)
    ? counted(request.file, () => (progress.atMs = clock.monotonicMs()))
    : request.file;
  dial({ ...request, abortSignal: until, ...(file === undefined ? {} : { file }) }, (error, result) => {
    settle(error, result);
    if (rule.kind === "progress" && !error && isStream(result)) endWhenSilent(result, rule.ms, call, clock);
  });
}

/** Fails a stream of news from the engine when nothing has come for `ms`. */
function endWhenSilent(stream: Readable, ms: number, call: string, clock: Clock): void {
  const { socket } = stream as Readable & { readonly socket?: { readonly bytesRead: number } };
  let bytesRead = socket?.bytesRead;
  let atMs = clock.monotonicMs();
  const look = (): void => {
    if (socket?.bytesRead !== bytesRead) {
      bytesRead = socket?.bytesRead;
      atMs = clock.monotonicMs();
    } else if (clock.monotonicMs() - atMs >= ms) {
      stream.destroy(new EngineUnanswered(`the Docker Engine has reported nothing for ${ms} ms: ${call}`));
      return;
    }
    timer = clock.after(LOOK_EVERY_MS, look);
  };
  let timer = clock.after(LOOK_EVERY_MS, look);
  stream.once("close", () => timer[Symbol.dispose]());
}

/** The same stream; calls `onPiece` for each piece that is read from it. */
function counted(stream: Readable, onPiece: () => void): Readable {
  const through = new Transform({
    transform(piece, _encoding, done) {
      onPiece();
      done(null, piece);
    },
  });
  return pipeline(stream, through, () => undefined); // the request reads the result, and fails as it does
}

function isStream(value: unknown): value is Readable {
  return typeof (value as Readable | undefined)?.pipe === "function";
}
