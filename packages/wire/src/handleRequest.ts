import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock, Logger, Random } from "@hearth/kit";
import { AwsError, MissingAuthenticationTokenException, ServiceException, validationError } from "@hearth/model";
import type { FindAccessKey } from "./authenticate.ts";
import { ClientGone, EMPTY_BODY, hasBody, readBody } from "./body.ts";
import { type Claim, readClaim } from "./claim.ts";
import { HttpContext } from "./context.ts";
import type { Answer, Door } from "./door.ts";
import { Json11Door } from "./json11.ts";
import { Reply, type Service } from "./operation.ts";
import { QueryDoor } from "./query.ts";
import { type RawRequest, rawRequest } from "./rawRequest.ts";
import { RestJsonDoor } from "./restJson.ts";
import { SignatureVerifier } from "./sigv4.ts";
import { encodeStrangerError, wantedOperation } from "./strangers.ts";
import { notImplemented } from "./wireErrors.ts";

export type RequestHandler = (req: IncomingMessage, res: ServerResponse) => void;

export interface RequestHandlerDeps {
  readonly services: readonly Service[];
  readonly findAccessKey: FindAccessKey;
  readonly clock: Clock;
  readonly random: Random;
  /** The region that signatures must be scoped to. */
  readonly region: string;
  readonly logger: Logger;
  /** Largest body in bytes unless an operation says otherwise. 70,167,211 unless told: what CreateFunction takes. */
  readonly maxBodyBytes?: number;
  /** Sent with every answer. */
  readonly responseHeaders?: Readonly<Record<string, string>>;
  /** Takes requests, untouched, that are not for an operation of `services`: how an invoker passes them on to `control`. */
  readonly elsewhere?: RequestHandler;
}

const MAX_BODY_BYTES = 70_167_211;
const DOORS = { "rest-json": RestJsonDoor, query: QueryDoor, "json-1.1": Json11Door };

/**
 * The AWS endpoint: routes by the signature's service, authenticates, reads, validates, calls the operation, answers.
 * Every request gets exactly one answer, in its service's protocol; what is thrown and is no AwsError is a bug, logged and shown as ServiceException.
 */
export function createRequestHandler(deps: RequestHandlerDeps): RequestHandler {
  const endpoint = new Endpoint(deps);
  return (req, res) => void endpoint.serve(req, res);
}

class Endpoint {
  readonly #deps: RequestHandlerDeps;
  readonly #doors: ReadonlyMap<string, Door>;
  readonly #signatures: SignatureVerifier;

  constructor(deps: RequestHandlerDeps) {
    this.#deps = deps;
    this.#signatures = new SignatureVerifier(deps);
    const maxBodyBytes = deps.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#doors = new Map(
      deps.services.map((service) => [service.signingName, new DOORS[service.protocol](service, maxBodyBytes)]),
    );
  }

  /** Never rejects. */
  async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const requestId = this.#deps.random.uuid();
    const request = rawRequest(req);
    let claim: Claim | undefined;
    let door: Door | undefined;
    try {
      claim = readClaim(request);
      door = claim && this.#doors.get(claim.scope.service);
      const target = door?.match(request);
      if (!target && this.#deps.elsewhere) {
        this.#deps.elsewhere(req, res);
        return;
      }
      if (!claim) throw new MissingAuthenticationTokenException("Missing Authentication Token");
      const key = await this.#signatures.admit(claim);
      if (!door) throw notImplemented(await wantedOperation(claim, request, req));
      if (!target) throw door.unknown(request);
      const body = hasBody(req)
        ? await readBody(req, { maxBytes: target.maxBodyBytes, tooLarge: () => target.tooLarge() })
        : EMPTY_BODY;
      this.#signatures.verify(claim, key, request, body);
      const { operation, input } = target.read(body);
      const parsed = operation.input.safeParse(input);
      if (!parsed.success) throw validationError(parsed.error, input);
      const output = await operation.run(parsed.data, new HttpContext(key.caller, requestId, req, res));
      await this.#send(
        req,
        res,
        output instanceof Reply ? output : door.encode(operation, output, requestId),
        requestId,
      );
    } catch (error) {
      if (error instanceof ClientGone || res.headersSent) {
        res.destroy();
        return;
      }
      const known = this.#toAwsError(error, request, requestId);
      const refusal = door ? door.encodeError(known, requestId) : encodeStrangerError(known, claim, request, requestId);
      await this.#send(req, res, refusal, requestId);
    }
  }

  #toAwsError(error: unknown, { method, path }: RawRequest, requestId: string): AwsError {
    if (error instanceof AwsError) return error;
    this.#deps.logger.error({ err: error, requestId, method, path }, "an operation failed");
    return new ServiceException("An error occurred and the request cannot be processed.");
  }

  async #send(
    req: IncomingMessage,
    res: ServerResponse,
    { status, headers, body }: Answer,
    requestId: string,
  ): Promise<void> {
    if (res.destroyed) {
      if (body instanceof ReadableStream) await body.cancel(new ClientGone());
      return;
    }
    const all: Record<string, string | number> = {
      "x-amzn-RequestId": requestId,
      ...this.#deps.responseHeaders,
      ...headers,
    };
    if (!req.complete && Number(req.headers["content-length"] ?? 0) > MAX_BODY_BYTES) all["Connection"] = "close";
    if (body === null || body instanceof Uint8Array) {
      if (status !== 204) all["Content-Length"] = body?.length ?? 0;
      res.writeHead(status, all);
      res.end(body ?? undefined);
      return;
    }
    res.writeHead(status, all);
    try {
      await pipeline(Readable.fromWeb(body), res);
    } catch (error) {
      this.#deps.logger.debug({ err: error, requestId }, "a streamed answer broke off");
    }
  }
}
