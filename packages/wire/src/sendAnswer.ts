import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock, Logger } from "@hearth/kit";
import { abandon } from "./abandon.ts";
import { ClientGone } from "./body.ts";
import { awaitsContinue } from "./expectContinue.ts";
import type { ReplyBody } from "./operation.ts";
import { isPieceSource } from "./pieceSource.ts";
import type { Answer } from "./protocols/serviceProtocol.ts";
import { type PieceMemory, sendPieces } from "./sendPieces.ts";
import { WholeRequest } from "./wholeRequest.ts";
import { WholeResponse } from "./wholeResponse.ts";

/** The unread rest of a larger body is not discarded just to keep the connection open. */
const MAX_DISCARDED_BYTES = 70_167_211;

/** So long a client may go on with the body of a request that is answered, in order to read the answer and to keep its connection. */
const LINGER_MS = 10_000;

/** A larger answer counts as under way, with its memory and its account's share of requests, until the client has it. */
const LARGE_BYTES = 262_144;
/** A client that reads more slowly than this, after a first while, loses its connection. */
const MIN_READ_BYTES_PER_MS = 50;
const READ_GRACE_MS = 30_000;
/** A client that takes nothing of a streamed answer for this long, or up to twice as long, while there is something for it, loses its connection. */
const STALLED_MS = 30_000;

export interface Sending {
  /** For logs. */
  readonly requestId: string;
  /** Sent with every answer. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** The body was read as a stream, perhaps not to its end. */
  readonly streamed: boolean;
  /** The body was read to its end, though the parser may not have said so yet. */
  readonly isRead?: boolean;
  /** Memory for answers that are `PieceSource`s. */
  readonly pieces?: PieceMemory;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sends an answer and resolves when it is sent, or returns `undefined` when that is done already. When a streamed body fails, the connection is closed. */
export function sendAnswer(
  req: IncomingMessage | WholeRequest,
  res: ServerResponse | WholeResponse,
  { status, headers, body }: Answer,
  sending: Sending,
): Promise<void> | undefined {
  if (res.destroyed) return discard(body);
  const all: Record<string, string | number | string[]> = { ...sending.headers, ...headers };
  const isWhole = body === null || typeof body === "string" || body instanceof Uint8Array;
  if (!(req instanceof WholeRequest || res instanceof WholeResponse || req.complete) && sending.isRead !== true) {
    if (cannotBeKept(req, sending)) all["Connection"] = "close";
    else if (isWhole) lingerAfter(req, res, sending.clock);
  }
  if (!isWhole) {
    if (res instanceof WholeResponse) return sendStream(body, res.inPieces(status, all), sending);
    res.writeHead(status, all);
    return sendStream(body, res, sending);
  }
  if (status !== 204) all["Content-Length"] ??= body === null ? 0 : Buffer.byteLength(body);
  res.writeHead(status, all);
  res.end(body ?? undefined);
  return body && body.length > LARGE_BYTES ? received(res, body.length, sending.clock) : undefined;
}

/** Gives up an answer whose client has left. */
async function discard(body: ReplyBody): Promise<void> {
  if (body instanceof ReadableStream) await body.cancel(new ClientGone());
  else if (body instanceof Readable) body.destroy();
  else if (isPieceSource(body)) await body[Symbol.asyncDispose]();
}

async function sendStream(
  body: Exclude<ReplyBody, string | Uint8Array | null>,
  res: ServerResponse,
  sending: Sending,
): Promise<void> {
  try {
    if (isPieceSource(body)) return await sendPieces(body, res, { ...sending, stalledMs: 2 * STALLED_MS });
    const source = body instanceof Readable ? body : Readable.fromWeb(body);
    using _watch = endWhenStalled(source, res, sending.clock);
    await pipeline(source, res);
  } catch (error) {
    sending.logger.debug({ err: error, requestId: sending.requestId }, "a streamed answer broke off");
    res.destroy();
  }
}

/** Ends the connection of a client that does not read. One whose answer is only slow to come may wait. */
function endWhenStalled(source: Readable, res: ServerResponse, clock: Clock): Disposable {
  let passedOn = 0;
  source.on("data", (chunk: Uint8Array) => (passedOn += chunk.length));
  let takenBefore: number | undefined;
  const look = (): void => {
    const waiting = res.writableLength;
    const taken = passedOn - waiting;
    if (waiting > 0 && taken === takenBefore) return void res.destroy();
    takenBefore = waiting > 0 ? taken : undefined;
    timer = clock.after(STALLED_MS, look);
  };
  let timer = clock.after(STALLED_MS, look);
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

/** Resolves when the client has all of an answer, or its connection has ended; ends the connection of a client that takes too long. */
function received(res: ServerResponse | WholeResponse, bytes: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(READ_GRACE_MS + bytes / MIN_READ_BYTES_PER_MS, () => res.destroy());
    const done = (): void => {
      timer[Symbol.dispose]();
      resolve();
    };
    if (res.writableFinished || res.destroyed) return done();
    res.once("finish", done);
    res.once("close", done);
  });
}

/** Whether the connection is closed after this answer, because the rest of the request's body will not be read. */
function cannotBeKept(req: IncomingMessage, { streamed }: Sending): boolean {
  if (req.httpVersionMajor === 2) return false;
  return streamed || awaitsContinue(req) || Number(req.headers["content-length"] ?? 0) > MAX_DISCARDED_BYTES;
}

/** Ends the request when its body has not arrived some time after its answer. */
function lingerAfter(req: IncomingMessage, res: ServerResponse, clock: Clock): void {
  res.once("finish", () => {
    if (req.complete) return;
    const timer = clock.after(LINGER_MS, () => {
      if (!req.complete) abandon(req);
    });
    req.once("end", () => timer[Symbol.dispose]());
  });
}
