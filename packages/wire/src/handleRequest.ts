import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock, Logger, Random } from "@hearth/kit";
import { AwsError, MissingAuthenticationTokenException, ServiceException, validationError } from "@hearth/model";
import type { FindAccessKey } from "./authenticate.ts";
import type { Authorize, Call, Origin } from "./authorize.ts";
import { Bodies } from "./bodies.ts";
import { ClientGone, EMPTY_BODY, hasBody } from "./body.ts";
import { type Claim, readClaim } from "./claim.ts";
import { HttpContext } from "./context.ts";
import type { Answer, Door } from "./door.ts";
import { type ForwardedFrom, peerOf } from "./forward.ts";
import { Json11Door } from "./json11.ts";
import { Reply, type Service } from "./operation.ts";
import { QueryDoor } from "./query.ts";
import { type RawRequest, rawRequest } from "./rawRequest.ts";
import { RestJsonDoor } from "./restJson.ts";
import { SignatureVerifier } from "./sigv4.ts";
import { encodeStrangerError, wantedOperation } from "./strangers.ts";
import { notImplemented } from "./wireErrors.ts";

/**
 * `channel` is the sandbox that the request came from, where it came from one; `service` the signing name that the request claims, where
 * it was read already.
 */
export type RequestHandler = (req: IncomingMessage, res: ServerResponse, channel?: string, service?: string) => void;

export interface RequestHandlerDeps {
  readonly services: readonly Service[];
  readonly findAccessKey: FindAccessKey;
  /** Asked before every operation. */
  readonly authorize: Authorize;
  readonly clock: Clock;
  readonly random: Random;
  /** The regions that signatures may be scoped to; the first is that of global services. */
  readonly regions: readonly [string, ...string[]];
  readonly logger: Logger;
  /** Largest body in bytes unless an operation says otherwise. 70,167,211 unless told: what CreateFunction takes. */
  readonly maxBodyBytes?: number;
  /** Bytes of bodies held at a time; beyond it requests are refused with 429. 1 GiB unless told. */
  readonly maxHeldBytes?: number;
  /** What another process of this Hearth, which has passed a request on, vouches for; see `Forwarder`. */
  readonly forwardedFrom?: (req: IncomingMessage) => ForwardedFrom | undefined;
  /** Sent with every answer. */
  readonly responseHeaders?: Readonly<Record<string, string>>;
  /** Takes requests, untouched, that are not for an operation of `services`: how an invoker passes them on to `control`. */
  readonly elsewhere?: RequestHandler;
}

const MAX_BODY_BYTES = 70_167_211;
const MAX_HELD_BYTES = 1024 ** 3;
const DOORS = { "rest-json": RestJsonDoor, query: QueryDoor, "json-1.1": Json11Door };

/**
 * The AWS endpoint: routes by the signature's service, authenticates, reads, validates, calls the operation, answers.
 * Every request gets exactly one answer, in its service's protocol; what is thrown and is no AwsError is a bug, logged and shown as ServiceException.
 */
export function createRequestHandler(deps: RequestHandlerDeps): RequestHandler {
  const endpoint = new Endpoint(deps);
  return (req, res, channel) => void endpoint.serve(req, res, channel);
}

class Endpoint {
  readonly #deps: RequestHandlerDeps;
  readonly #doors: ReadonlyMap<string, Door>;
  readonly #bodies: Bodies;
  readonly #signatures: SignatureVerifier;

  constructor(deps: RequestHandlerDeps) {
    this.#deps = deps;
    this.#signatures = new SignatureVerifier(deps);
    this.#bodies = new Bodies({ clock: deps.clock, maxHeldBytes: deps.maxHeldBytes ?? MAX_HELD_BYTES });
    const maxBodyBytes = deps.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#doors = new Map(
      deps.services.map((service) => [service.signingName, new DOORS[service.protocol](service, maxBodyBytes)]),
    );
  }

  /** Never rejects. */
  async serve(req: IncomingMessage, res: ServerResponse, from: string | undefined): Promise<void> {
    const requestId = this.#deps.random.uuid();
    const request = rawRequest(req);
    let claim: Claim | undefined;
    let door: Door | undefined;
    let body: Buffer = EMPTY_BODY;
    try {
      claim = readClaim(request);
      door = claim && this.#doors.get(claim.scope.service);
      const target = door?.match(request);
      if (!target && this.#deps.elsewhere) {
        this.#deps.elsewhere(req, res, from, claim?.scope.service);
        return;
      }
      if (!claim) throw new MissingAuthenticationTokenException("Missing Authentication Token");
      const forwarded = from === undefined ? this.#deps.forwardedFrom?.(req) : undefined;
      const key = await this.#signatures.admit(claim, from ?? forwarded?.channel);
      if (!door) throw notImplemented(await wantedOperation(claim, request, req, this.#bodies));
      if (!target) throw door.unknown(request);
      if (hasBody(req)) {
        body = await this.#bodies.read(req, { maxBytes: target.maxBodyBytes, tooLarge: () => target.tooLarge() });
      }
      this.#signatures.verify(claim, key, request, body);
      const { operation, input } = target.read(body);
      const parsed = operation.input.safeParse(input);
      if (!parsed.success) throw validationError(parsed.error, input);
      const { caller } = key;
      const call: Call = {
        service: claim.scope.service,
        operation: operation.name,
        input: parsed.data,
        region: this.#signatures.regionOf(claim),
        caller,
        origin: new HttpOrigin(req, forwarded),
      };
      const admitted = this.#deps.authorize(call);
      const accountId = typeof admitted === "string" ? admitted : await admitted;
      const output = await operation.run(
        parsed.data,
        new HttpContext(call, accountId, requestId, req, res, this.#deps.authorize),
      );
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
    } finally {
      this.#bodies.release(body);
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

/** Read only where a policy asks for it. */
class HttpOrigin implements Origin {
  readonly #req: IncomingMessage;
  readonly #forwarded: ForwardedFrom | undefined;

  constructor(req: IncomingMessage, forwarded: ForwardedFrom | undefined) {
    this.#req = req;
    this.#forwarded = forwarded;
  }

  get sourceIp(): string | undefined {
    return this.#forwarded ? this.#forwarded.sourceIp : peerOf(this.#req);
  }

  get secureTransport(): boolean {
    return "encrypted" in this.#req.socket;
  }

  get userAgent(): string | undefined {
    return this.#req.headers["user-agent"];
  }
}
