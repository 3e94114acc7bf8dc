import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock, Logger, Random } from "@hearth/kit";
import { AwsError, MissingAuthenticationTokenException, ServiceException, validationError } from "@hearth/model";
import type { FindAccessKey } from "./authenticate.ts";
import type { Authorize, Call } from "./authorize.ts";
import { Bodies } from "./bodies.ts";
import { ClientGone, EMPTY_BODY, hasBody } from "./body.ts";
import { type Claim, readClaim } from "./claim.ts";
import { HttpContext } from "./context.ts";
import { encodeForeignError, requestedOperation } from "./foreignRequests.ts";
import type { ForwardedFrom } from "./forwardedFrom.ts";
import { type BoundOperation, Reply, type Service } from "./operation.ts";
import { HttpOrigin } from "./origin.ts";
import type { Answer, ServiceProtocol } from "./protocols/serviceProtocol.ts";
import { ServiceProtocols } from "./protocols/serviceProtocols.ts";
import { type RawRequest, rawRequest } from "./rawRequest.ts";
import type { RequestHandler } from "./requestHandler.ts";
import { SignatureVerifier } from "./sigv4.ts";
import { isDeclared } from "./undeclaredErrors.ts";
import { notImplemented } from "./wireErrors.ts";

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
  /** Largest body in bytes unless a service or an operation declares another. Default: 70,167,211, the limit of CreateFunction. */
  readonly maxBodyBytes?: number;
  /** Bytes of bodies held at a time; beyond it requests are refused with 429. Default: 1 GiB. */
  readonly maxHeldBytes?: number;
  /** Where a request came from that another process of this Hearth has passed on, if it proves that it did; see `Forwarder`. */
  readonly forwardedFrom?: (req: IncomingMessage) => ForwardedFrom | undefined;
  /** Sent with every answer. */
  readonly responseHeaders?: Readonly<Record<string, string>>;
  /** Takes requests, unread, that are not for an operation of `services`: an invoker passes them on to `control` this way. */
  readonly elsewhere?: RequestHandler;
}

const MAX_BODY_BYTES = 70_167_211;
const MAX_HELD_BYTES = 1024 ** 3;

/**
 * The AWS endpoint: routes by the signature's service, authenticates, reads, validates, calls the operation, answers.
 * Every request gets exactly one answer, in its service's protocol. An exception that is not an AwsError is a bug: it is logged and answered as ServiceException.
 */
export function createRequestHandler(deps: RequestHandlerDeps): RequestHandler {
  const endpoint = new Endpoint(deps);
  return (req, res, channel) => void endpoint.serve(req, res, channel);
}

class Endpoint {
  readonly #deps: RequestHandlerDeps;
  readonly #services: ReadonlyMap<string, ServiceProtocols>;
  readonly #bodies: Bodies;
  readonly #signatures: SignatureVerifier;

  constructor(deps: RequestHandlerDeps) {
    this.#deps = deps;
    this.#signatures = new SignatureVerifier(deps);
    this.#bodies = new Bodies({ clock: deps.clock, maxHeldBytes: deps.maxHeldBytes ?? MAX_HELD_BYTES });
    const maxBodyBytes = deps.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#services = new Map(
      deps.services.map((service) => [
        service.signingName,
        new ServiceProtocols(service, service.maxBodyBytes ?? maxBodyBytes),
      ]),
    );
  }

  /** Never rejects. */
  async serve(req: IncomingMessage, res: ServerResponse, from: string | undefined): Promise<void> {
    const requestId = this.#deps.random.uuid();
    const request = rawRequest(req);
    let claim: Claim | undefined;
    let protocol: ServiceProtocol | undefined;
    let called: BoundOperation | undefined;
    let body: Buffer = EMPTY_BODY;
    try {
      claim = readClaim(request);
      protocol = claim && this.#services.get(claim.scope.service)?.of(request);
      const target = protocol?.match(request);
      if (!target && this.#deps.elsewhere) {
        this.#deps.elsewhere(req, res, from, claim?.scope.service);
        return;
      }
      if (!claim) throw new MissingAuthenticationTokenException("Missing Authentication Token");
      const forwarded = from === undefined ? this.#deps.forwardedFrom?.(req) : undefined;
      const key = await this.#signatures.admit(claim, from ?? forwarded?.channel);
      if (!protocol) throw notImplemented(await requestedOperation(claim, request, req, this.#bodies));
      if (!target) throw protocol.unknown(request);
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
      called = operation;
      const output = await operation.run(
        parsed.data,
        new HttpContext(call, accountId, requestId, req, res, this.#deps.authorize),
      );
      await this.#send(
        req,
        res,
        output instanceof Reply ? output : protocol.encode(operation, output, requestId),
        requestId,
      );
    } catch (error) {
      if (error instanceof ClientGone || res.headersSent) {
        res.destroy();
        return;
      }
      const known = this.#toAwsError(error, request, requestId);
      if (called && !isDeclared(known, called)) {
        this.#deps.logger.warn(
          { requestId, operation: called.name, code: known.code },
          "an operation answered with an error that it does not declare",
        );
      }
      const refusal = protocol
        ? protocol.encodeError(known, requestId)
        : encodeForeignError(known, claim, request, requestId);
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
