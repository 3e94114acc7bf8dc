import type { Authorizer } from "@hearth/access";
import type { ApiAuthorizer, ApiStage } from "@hearth/apis";
import type { Logger } from "@hearth/kit";
import { AwsError } from "@hearth/model";
import type { ApiRecord } from "@hearth/store";
import { allows, answerText, decisionOf, NoDecision } from "../http/authorizerDecision.ts";
import { authorizerFailure } from "../http/authorizerFailure.ts";
import type { FunctionCaller } from "../http/functionCaller.ts";
import type { HttpRequest } from "../httpRequest.ts";
import { queryParameters } from "../queryParameters.ts";
import { traceOf } from "../trace.ts";
import type { SignedCallers } from "../url/signedCallers.ts";
import type { SocketFacts } from "./openSocket.ts";
import { socketArn } from "./routedEvent.ts";
import { handshakeMembers, requestContextOf, type SocketHappening } from "./socketEvent.ts";

const TIMEOUT_MS = 10_000;
/** Each connection keeps what its authorizer said. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const MAX_ANSWER_LENGTH = 8 * 1024;

export interface ConnectAuthorizerDeps {
  readonly caller: FunctionCaller;
  readonly callers: SignedCallers;
  readonly authorizer: Pick<Authorizer, "decide">;
  readonly logger: Logger;
}

export interface ConnectCall {
  readonly api: ApiRecord;
  readonly stage: ApiStage;
  readonly request: HttpRequest;
  readonly facts: SocketFacts;
  readonly happening: SocketHappening;
}

/** The context that later events show, or the status with which the connection is refused. */
export type ConnectDecision =
  | {
      readonly kind: "allowed";
      readonly authorizer: Readonly<Record<string, unknown>> | undefined;
      /** The API key that the authorizer names. */
      readonly usageKey?: string | undefined;
    }
  | { readonly kind: "refused"; readonly status: 401 | 403 | 500; readonly why?: string | undefined };

/** Decides whether a client may open a connection: authorization belongs to the route `$connect` alone. */
export class ConnectAuthorizer {
  readonly #deps: ConnectAuthorizerDeps;

  constructor(deps: ConnectAuthorizerDeps) {
    this.#deps = deps;
  }

  /** Callers with an access key whose own policies allow `execute-api:Invoke`. */
  async decideSigned({ api, stage, request }: ConnectCall): Promise<ConnectDecision> {
    try {
      const signed = await this.#deps.callers.of(request);
      if (signed.isBodyPending) signed.verifyBody(new Uint8Array());
      const { caller } = signed;
      if (caller.accountId !== api.accountId) return refused(403);
      const origin = { sourceIp: request.sourceIp, secureTransport: request.isSecure, userAgent: request.userAgent };
      await this.#deps.authorizer.decide(
        { service: "execute-api", operation: "Invoke", input: {}, region: api.region, caller, origin },
        {
          action: "execute-api:Invoke",
          resources: [socketArn(api, stage.stageName, "$connect")],
          accountId: api.accountId,
        },
      );
      return { kind: "allowed", authorizer: undefined };
    } catch (error) {
      if (error instanceof AwsError) return refused(403, error.message.slice(0, 1_000));
      throw error;
    }
  }

  /** Asks the authorizer's function. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html */
  async decideByFunction(call: ConnectCall, authorizer: ApiAuthorizer): Promise<ConnectDecision> {
    const { api, stage, request } = call;
    const { identitySource = [], authorizerId } = authorizer;
    const identity = identitySource.map((source) => identityOf(source, call));
    if (identity.some((value) => value === undefined || value === ""))
      return refused(401, "the request has no value for an identity source");
    const { accountId, region } = api;
    const methodArn = socketArn(api, stage.stageName, "$connect");
    try {
      const { outcome } = await this.#deps.caller.call(
        {
          ...{ accountId, region, stageVariables: stage.stageVariables },
          uri: authorizer.authorizerUri ?? "",
          credentialsArn: authorizer.authorizerCredentialsArn,
          sourceArn: socketArn(api, "authorizers", authorizerId),
          payload: eventOf(call, methodArn),
          requestId: crypto.randomUUID(),
          traceId: traceOf(request),
        },
        AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      );
      if (outcome.kind !== "success") throw new NoDecision(`the authorizer failed: ${outcome.kind}`);
      const answer = answerText(outcome.payload);
      if (answer.length > MAX_ANSWER_LENGTH) throw new NoDecision("the answer is longer than 8 KB");
      const decision = decisionOf(answer, false);
      if (!allows(decision, methodArn)) return refused(403);
      return { kind: "allowed", authorizer: decision.context.values, usageKey: usageKeyIn(outcome.payload) };
    } catch (error) {
      this.#deps.logger.info(
        { err: error, apiId: api.apiId, authorizerId },
        "an authorizer of an API gave no decision",
      );
      return refused(500, authorizerFailure(error));
    }
  }
}

function eventOf({ request, stage, facts, happening }: ConnectCall, methodArn: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      type: "REQUEST",
      methodArn,
      queryStringParameters: {},
      multiValueQueryStringParameters: {},
      ...handshakeMembers(request),
      stageVariables: stage.stageVariables,
      requestContext: requestContextOf(facts, happening),
    }),
  );
}

const SOURCE = /^(?:route\.request\.(header|querystring)|(context)|(stageVariables))\.(.+)$/;

function identityOf(source: string, { request, stage, facts, happening }: ConnectCall): string | undefined {
  const [, where, isContext, isVariable, name = ""] = SOURCE.exec(source) ?? [];
  if (where === "header") return request.header(name.toLowerCase());
  if (where === "querystring") return queryParameters(request.query).find(([known]) => known === name)?.[1];
  const values = isVariable ? stage.stageVariables : isContext ? requestContextOf(facts, happening) : {};
  const value = Object.hasOwn(values, name) ? (values as Record<string, unknown>)[name] : undefined;
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** Only of an answer that a decision was read from: it is JSON. */
function usageKeyIn(payload: Uint8Array): string | undefined {
  const answer = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString());
  const { usageIdentifierKey: key } = answer as { readonly usageIdentifierKey?: unknown };
  return typeof key === "string" ? key : undefined;
}

function refused(status: 401 | 403 | 500, why?: string): ConnectDecision {
  return { kind: "refused", status, why };
}
