import type { IncomingMessage, ServerResponse } from "node:http";
import type { UnsignedLinks } from "@hearth/access";
import type { ObjectStorage } from "@hearth/objects";
import type { ObjectsHouse } from "../deps.ts";

const PATH = "/_hearth/s3-events";
/** `/_hearth/s3-events/<secret>`, or without the secret where the sender gives it in its Authorization header. */
const URL_OF = /^\/_hearth\/s3-events(?:\/([\w.~+=-]{1,256}))?\/?(?:\?|$)/;
const MAX_BODY_BYTES = 1024 ** 2;
/** A sender is a server beside this one, and sends small bodies. */
const BODY_MS = 10_000;

/** The webhook by which the object store reports writes that went around Hearth. */
export const reports: UnsignedLinks<ObjectsHouse> = {
  matches: (url) => url.startsWith(PATH) && URL_OF.test(url),
  isReceiver: true,
  open:
    ({ objectStorage, clock, logger }) =>
    (request, response) => {
      const late = clock.after(BODY_MS, () => request.destroy());
      answer(objectStorage, request, response)
        .catch((error: unknown) => {
          if (request.destroyed && !request.complete) return;
          logger.error({ err: error }, "a report of the object store could not be taken");
          if (!response.headersSent) send(response, 500, "Something went wrong.\n");
        })
        .finally(() => late[Symbol.dispose]());
    },
};

async function answer(
  { passedOn }: Pick<ObjectStorage, "passedOn">,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // MinIO asks whether the address answers before it sends anything.
  if (request.method === "HEAD" || request.method === "GET") return send(response, 200, "");
  if (!passedOn) return send(response, 404, "HEARTH_S3_ENDPOINT is not set.\n");
  const [, inPath] = URL_OF.exec(request.url ?? "") ?? [];
  const secret = inPath ?? /^Bearer ([\x21-\x7e]{1,256})$/i.exec(request.headers.authorization ?? "")?.[1];
  if (secret === undefined || !passedOn.knows(secret)) return send(response, 403, "There is no such secret.\n");
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) return send(response, 413, "The report is too large.\n");
    pieces.push(piece);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch {
    // versitygw tests its webhook with a text that is no JSON.
    return send(response, 200, "");
  }
  const isTaken = await passedOn.receive(secret, body);
  return isTaken ? send(response, 200, "") : send(response, 503, "Too many reports wait already.\n");
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
    ...(status === 413 && { Connection: "close" }),
  });
  response.end(text);
}
