import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock, Logger, Random } from "@hearth/kit";
import {
  ANONYMOUS,
  AwsError,
  MissingAuthenticationTokenException,
  ServiceException,
  ThrottlingException,
  validationError,
} from "@hearth/model";
import type { AccountQuota, AccountQuotas, AccountUse } from "./accountQuotas.ts";
import type { AccessKey, FindAccessKey } from "./authenticate.ts";
import type { Authorize, Call } from "./authorize.ts";
import { Bodies } from "./bodies.ts";
import { type BodyLimits, ClientGone, EMPTY_BODY, hasBody } from "./body.ts";
import type { CallOutcome, CallRecorder } from "./callRecorder.ts";
import { type Claim, readClaim } from "./claim.ts";
import { HttpContext } from "./context.ts";
import { sendContinue } from "./expectContinue.ts";
import { encodeForeignError, requestedOperation } from "./foreignRequests.ts";
import { type ForwardedFrom, peerOf } from "./forwardedFrom.ts";
import { gunzipBody } from "./gunzipBody.ts";
import { HostRoutes } from "./hostRoutes.ts";
import { type BoundOperation, OutputWithHeaders, Reply, type Service } from "./operation.ts";
import { HttpOrigin } from "./origin.ts";
import { serviceInScope, withLinkHeaders } from "./linkHeaders.ts";
import type { PageGuard } from "./pageGuard.ts";
import type { Answer, ReadRequest, ServiceProtocol, Target } from "./protocols/serviceProtocol.ts";
import { ServiceProtocols } from "./protocols/serviceProtocols.ts";
import { type RawRequest, rawRequest } from "./rawRequest.ts";
import type { RequestHead } from "./requestHead.ts";
import type { RequestHandler, WholeRequestHandler } from "./requestHandler.ts";
import type { RequestMetrics } from "./requestMetrics.ts";
import { sendAnswer, type Sending } from "./sendAnswer.ts";
import { PieceMemory } from "./sendPieces.ts";
import { readV2Claim } from "./sigv2.ts";
import { SignatureVerifier } from "./sigv4.ts";
import { isDeclared } from "./undeclaredErrors.ts";
import { WholeRequest } from "./wholeRequest.ts";
import type { WholeResponse } from "./wholeResponse.ts";
import { notImplemented } from "./wireErrors.ts";

export interface RequestHandlerDeps {
  readonly services: readonly Service[];
  readonly findAccessKey: FindAccessKey;
  /** Asked before every operation. */
  readonly authorize: Authorize;
  /** Records calls once their result is known. */
  readonly recorder?: CallRecorder;
  readonly clock: Clock;
  readonly random: Random;
  /** The regions that signatures may be scoped to; the first is that of global services. */
  readonly regions: readonly [string, ...string[]];
  readonly logger: Logger;
  /** Largest body in bytes unless a service or an operation declares another. Default: 70,167,211, the limit of CreateFunction. */
  readonly maxBodyBytes?: number;
  /** Bytes of bodies held at a time; beyond it requests are refused with 429. Default: 1 GiB. */
  readonly maxHeldBytes?: number;
  /** The part of it that one peer may take: a client's address, or for requests of sandboxes an account. Default: see `Bodies`. */
  readonly maxHeldBytesPerPeer?: number | undefined;
  /** Where a request came from that another process of this Hearth has passed on, if it proves that it did; see `Forwarder`. */
  readonly forwardedFrom?: (req: RequestHead) => ForwardedFrom | undefined;
  /** Refuses signed requests of clients that a web page may have sent. Absent where every key is secret. Requests of sandboxes are not asked about. */
  readonly pageGuard?: PageGuard;
  /** What callers' accounts may use. */
  readonly quotas?: AccountQuotas;
  /** Counts requests; not those that `elsewhere` takes. */
  readonly metrics?: Pick<RequestMetrics, "answered">;
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
export function createRequestHandler(deps: RequestHandlerDeps): WholeRequestHandler {
  const endpoint = new Endpoint(deps);
  return (req, res, channel) => void endpoint.serve(req, res, channel);
}

interface Served {
  readonly signingName: string;
  readonly throttling: (quota: AccountQuota) => AwsError;
  readonly acceptsGzip: boolean;
  readonly protocols: ServiceProtocols;
  readonly signedHosts: HostRoutes<undefined>;
  readonly takesUnsigned?: Service["takesUnsigned"];
  readonly headersFor?: Service["headersFor"];
  readonly preflight?: Service["preflight"];
  readonly linkHeaders?: Service["linkHeaders"];
  readonly checkBody?: Service["checkBody"];
  readonly idHeaders?: Service["idHeaders"];
}

interface Unsigned {
  readonly service: Served;
  readonly asked: RawRequest;
}

const ANONYMOUS_KEY: AccessKey = { secretAccessKey: "", caller: ANONYMOUS };

class Endpoint {
  readonly #deps: RequestHandlerDeps;
  readonly #services: ReadonlyMap<string, Served>;
  readonly #hosts: HostRoutes<Served>;
  readonly #unsignedServices: readonly Served[];
  readonly #bodies: Bodies;
  readonly #pieces = new PieceMemory();
  readonly #signatures: SignatureVerifier;

  constructor(deps: RequestHandlerDeps) {
    this.#deps = deps;
    this.#signatures = new SignatureVerifier(deps);
    const { clock, maxHeldBytes = MAX_HELD_BYTES, maxHeldBytesPerPeer } = deps;
    this.#bodies = new Bodies({
      clock,
      maxHeldBytes,
      ...(maxHeldBytesPerPeer !== undefined && { maxHeldBytesPerPeer }),
    });
    const maxBodyBytes = deps.maxBodyBytes ?? MAX_BODY_BYTES;
    const served = deps.services.map((service) => ({
      service,
      signingName: service.signingName,
      takesUnsigned: service.takesUnsigned,
      headersFor: service.headersFor,
      preflight: service.preflight,
      linkHeaders: service.linkHeaders,
      checkBody: service.checkBody,
      idHeaders: service.idHeaders,
      signedHosts: new HostRoutes((service.signedHosts ?? []).map((pattern) => ({ pattern, target: undefined }))),
      throttling: service.throttling ?? (() => new ThrottlingException()),
      acceptsGzip: service.acceptsGzip ?? false,
      protocols: new ServiceProtocols(service, service.maxBodyBytes ?? maxBodyBytes),
    }));
    this.#unsignedServices = served.filter(({ takesUnsigned }) => takesUnsigned !== undefined);
    this.#services = new Map(served.map((one) => [one.signingName, one]));
    this.#hosts = new HostRoutes(
      served.flatMap((target) => (target.service.hosts ?? []).map((pattern) => ({ pattern, target }))),
    );
  }

  /** Never rejects. */
  async serve(
    req: IncomingMessage | WholeRequest,
    res: ServerResponse | WholeResponse,
    from: string | undefined,
  ): Promise<void> {
    const { metrics, clock } = this.#deps;
    const sinceMs = clock.monotonicMs();
    const requestId = this.#deps.random.uuid();
    const request = rawRequest(req);
    let claim: Claim | undefined;
    let protocol: ServiceProtocol | undefined;
    let named: BoundOperation | undefined;
    let called: BoundOperation | undefined;
    /** Of the answer; 0 where there is none, `undefined` where another process answers. */
    let status: number | undefined = 0;
    /** The call, until its result is recorded. */
    let unrecorded:
      | { -readonly [Member in "call" | "operation" | "accountId" | "requestId"]: CallOutcome[Member] }
      | undefined;
    let body: Buffer = EMPTY_BODY;
    let use: AccountUse | undefined;
    let streamed = false;
    let isRead = false;
    /** Of the answer, besides those of the operation. */
    let headers: Readonly<Record<string, string>> | undefined;
    try {
      claim = readClaim(request) ?? readV2Claim(request);
      const hosted = this.#hosts.find(request.headers.host);
      // The guard is there for the public key. No page knows a session's token unless a link with it was given to the page.
      if (claim && claim.securityToken === undefined && from === undefined) {
        this.#deps.pageGuard?.check(request.headers);
      }
      const unsigned = claim || hosted ? undefined : await this.#unsigned(request);
      const service = hosted?.target ?? (claim ? this.#services.get(claim.scope.service) : unsigned?.service);
      const bucket = hosted ?? (claim && service?.signedHosts.find(request.headers.host));
      protocol = service?.protocols.of(request);
      const sent = unsigned?.asked ?? routed(request, bucket?.captured);
      const isLink = claim?.expiresSeconds !== undefined;
      const asked = isLink && service?.linkHeaders ? withLinkHeaders(sent, service.linkHeaders) : sent;
      const target = protocol?.match(asked);
      if (!target && this.#deps.elsewhere) {
        status = undefined;
        if (req instanceof WholeRequest) return req.giveBack();
        this.#deps.elsewhere(req, res as ServerResponse, from, hosted?.target.signingName ?? claim?.scope.service);
        return;
      }
      if (!claim && (!service || (hosted && !(await service.takesUnsigned?.(asked))))) {
        throw new MissingAuthenticationTokenException("Missing Authentication Token");
      }
      if (!claim && request.method === "OPTIONS" && service?.preflight) {
        const answer = await service.preflight(asked);
        status = answer.status;
        await sendAnswer(req, res, answer, this.#sending(requestId, { streamed, isRead }, headers));
        return;
      }
      headers = service?.idHeaders?.(requestId);
      const added = service?.headersFor?.(asked);
      if (added) headers = { ...headers, ...(await added) };
      const forwarded = from === undefined ? this.#deps.forwardedFrom?.(req) : undefined;
      const key = claim ? await this.#signatures.admit(claim, from ?? forwarded?.channel) : ANONYMOUS_KEY;
      if (req instanceof WholeRequest && (!service || !protocol || target?.readStream)) {
        status = undefined;
        return req.giveBack();
      }
      if (claim && (!service || !protocol)) {
        throw notImplemented(await requestedOperation(claim, request, ...ofNode(req, res), this.#bodies));
      }
      if (!service || !protocol) throw new MissingAuthenticationTokenException("Missing Authentication Token");
      if (!target) throw protocol.unknown(request);
      const signed = claim?.v2 ? asked : request; // Version 2 signs the bucket of a host name as part of the path
      let read: ReadRequest;
      const { readStream } = target;
      if (readStream) {
        const payload = claim ? this.#signatures.verifyStreamHead(claim, key, signed) : {};
        streamed = true;
        use = this.#enter(service, key.caller.accountId);
        const [nodeReq, nodeRes] = ofNode(req, res);
        read = readStream(this.#bodies.stream(nodeReq, { ...limitsOf(target, nodeReq, nodeRes), ...payload }));
      } else {
        const declared = claim && this.#signatures.verifyHead(claim, key, signed);
        if (declared !== undefined) use = this.#enter(service, key.caller.accountId);
        if (req instanceof WholeRequest) {
          body = this.#bodies.hold(req.body, target);
        } else if (hasBody(req)) {
          const isOfSandbox = (from ?? forwarded?.channel) !== undefined;
          const peer = (): string => (isOfSandbox ? key.caller.accountId : (forwarded?.sourceIp ?? peerOf(req) ?? ""));
          const sender = { peer, isVerified: declared !== undefined };
          body =
            this.#bodies.arrived(req, target.maxBodyBytes) ??
            (await this.#bodies.read(req, limitsOf(target, ...ofNode(req, res)), sender));
          isRead = true;
        }
        if (claim) this.#signatures.verifyBody(claim, key, request, declared, body);
        use ??= this.#enter(service, key.caller.accountId);
        service.checkBody?.(asked, body);
        read = target.read(service.acceptsGzip ? await gunzipBody(request, target, body) : body);
      }
      const { operation, input } = read;
      named = operation;
      if (use) this.#take(service, use, operation);
      const parsed = operation.input.safeParse(input);
      if (!parsed.success) throw validationError(parsed.error, input);
      const { caller } = key;
      const call: Call = {
        service: service.signingName,
        operation: operation.name,
        input: parsed.data,
        region: claim ? this.#signatures.regionOf(claim) : this.#deps.regions[0],
        caller,
        origin: new HttpOrigin(req, forwarded),
      };
      unrecorded = { call, operation, accountId: caller.accountId, requestId };
      const admitted = this.#deps.authorize(call);
      const accountId = typeof admitted === "string" ? admitted : await admitted;
      unrecorded.accountId = accountId;
      called = operation;
      const output = await operation.run(
        parsed.data,
        new HttpContext(call, accountId, requestId, req, res, this.#deps.authorize),
      );
      if (this.#deps.recorder?.wants(operation)) await this.#deps.recorder.record({ ...unrecorded, output });
      unrecorded = undefined;
      const answer = toAnswer(protocol, operation, output, requestId);
      status = answer.status;
      await sendAnswer(req, res, answer, this.#sending(requestId, { streamed, isRead }, headers));
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
      if (unrecorded && this.#deps.recorder?.wants(unrecorded.operation, known)) {
        await this.#deps.recorder.record({ ...unrecorded, error: known });
      }
      // A signature that cannot be read may still say which service it was made for.
      protocol ??= claim ? undefined : this.#services.get(serviceInScope(request) ?? "")?.protocols.of(request);
      const refusal = protocol
        ? protocol.encodeError(known, requestId)
        : encodeForeignError(known, claim, request, requestId);
      status = refusal.status;
      await sendAnswer(req, res, refusal, this.#sending(requestId, { streamed, isRead }, headers));
    } finally {
      if (metrics && status !== undefined) {
        const isGone = res.destroyed && !res.writableFinished;
        metrics.answered(claim?.scope.service, named, isGone ? 0 : status, clock.monotonicMs() - sinceMs);
      }
      this.#bodies.release(body);
      if (use) this.#deps.quotas?.leave(use);
    }
  }

  /** Counts a request whose signature is right. Throws when its account has too many in flight. */
  #enter(service: Served, accountId: string): AccountUse | undefined {
    const { quotas } = this.#deps;
    const use = quotas?.of(accountId);
    if (use && !quotas?.enter(use)) throw service.throttling("connections");
    return use;
  }

  #take(service: Served, use: AccountUse, { isInvocation }: BoundOperation): void {
    const quota = isInvocation ? "invocations" : "requests";
    if (this.#deps.quotas?.take(use, quota) === false) throw service.throttling(quota);
  }

  #sending(
    requestId: string,
    body: Pick<Sending, "streamed" | "isRead">,
    headers: Readonly<Record<string, string>> | undefined,
  ): Sending {
    const { responseHeaders, clock, logger } = this.#deps;
    return {
      requestId,
      headers: { "x-amzn-RequestId": requestId, ...responseHeaders, ...headers },
      ...body,
      pieces: this.#pieces,
      clock,
      logger,
    };
  }

  /** The service that takes a request without a signature, and the request as it takes it: with the captured part of its host name, or as it is. */
  async #unsigned(request: RawRequest): Promise<Unsigned | undefined> {
    for (const service of this.#unsignedServices) {
      const captured = service.signedHosts.find(request.headers.host)?.captured;
      const named = routed(request, captured);
      if (captured !== undefined && (await service.takesUnsigned?.(named))) return { service, asked: named };
      if (await service.takesUnsigned?.(request)) return { service, asked: request };
    }
    return undefined;
  }

  #toAwsError(error: unknown, { method, path }: RawRequest, requestId: string): AwsError {
    if (error instanceof AwsError) return error;
    this.#deps.logger.error({ err: error, requestId, method, path }, "an operation failed");
    return new ServiceException("An error occurred and the request cannot be processed.");
  }
}

/** The request with the captured part of its host name as the first segment of the path. */
function routed(request: RawRequest, captured: string | undefined): RawRequest {
  return captured === undefined ? request : { ...request, path: `/${encodeURIComponent(captured)}${request.path}` };
}

/** Of a request that did not come whole. */
function ofNode(
  req: IncomingMessage | WholeRequest,
  res: ServerResponse | WholeResponse,
): readonly [IncomingMessage, ServerResponse] {
  return [req as IncomingMessage, res as ServerResponse];
}

function limitsOf(target: Target, req: IncomingMessage, res: ServerResponse): BodyLimits {
  return {
    maxBytes: target.maxBodyBytes,
    tooLarge: () => target.tooLarge(),
    start: () => sendContinue(req, res),
  };
}

function toAnswer(
  protocol: ServiceProtocol,
  operation: BoundOperation,
  output: object | undefined,
  requestId: string,
): Answer {
  if (output instanceof Reply) return output;
  if (!(output instanceof OutputWithHeaders)) return protocol.encode(operation, output, requestId);
  const answer = protocol.encode(operation, output.output, requestId);
  // A text is sent with ASCII headers only.
  const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  return { ...answer, body, headers: { ...answer.headers, ...output.headers } };
}
