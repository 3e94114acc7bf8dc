import { createServer, type IncomingMessage, request as httpRequest } from "node:http";
import { duplexPair } from "node:stream";
import {
  DefinitionFault,
  SERVICE_CHANNEL,
  type ServiceAnswer,
  type ServiceDoor,
  type ServiceRequest,
} from "@hearth/gateway";
import type { RequestHandler } from "@hearth/wire";

/** Answers of integrations: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const MAX_ANSWER_BYTES = 10 * 1024 * 1024;

/**
 * The way by which APIs call services of this Hearth: the requests are HTTP, over a pair of streams in the process instead of a connection, so that no address
 * has to be reached and none can be chosen. `handle` serves them, or passes them on to the process that does. Links in answers, such as URLs of queues, have
 * the `scheme` by which clients reach this Hearth.
 */
export function serviceDoor(handle: RequestHandler, scheme: "http" | "https"): ServiceDoor {
  const server = createServer((request, response) => handle(request, response, SERVICE_CHANNEL));
  return async ({ method, path, headers, body }: ServiceRequest, signal: AbortSignal): Promise<ServiceAnswer> => {
    signal.throwIfAborted();
    const [ours, theirs] = duplexPair();
    // Policies ask whether a request came over a secure connection: no other process can read this one.
    server.emit("connection", Object.assign(theirs, { encrypted: true }));
    try {
      return await new Promise<ServiceAnswer>((resolve, reject) => {
        const sent = httpRequest(
          {
            createConnection: () => ours,
            ...{ method, path, signal, setHost: false },
            headers: { ...headers, "content-length": String(body.byteLength), "x-forwarded-proto": scheme },
          },
          (answer) => void readAnswer(answer).then(resolve, reject),
        );
        sent.on("error", reject);
        sent.end(body);
      });
    } finally {
      ours.destroy();
      theirs.destroy();
    }
  };
}

async function readAnswer(answer: IncomingMessage): Promise<ServiceAnswer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    length += part.byteLength;
    if (length > MAX_ANSWER_BYTES) throw new DefinitionFault("the answer of the service is longer than 10 MB");
    parts.push(part);
  }
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(answer.headers)) if (value !== undefined) headers[name] = value;
  return { status: answer.statusCode ?? 0, headers, body: Buffer.concat(parts) };
}
