import type { ApiAuthorizer } from "@hearth/apis";
import type { Clock, Logger } from "@hearth/kit";
import { RememberedAnswers } from "../rememberedAnswers.ts";
import { traceOf } from "../trace.ts";
import { type Authorization, refused } from "./authorization.ts";
import { allows, answerText, type Decision, decisionOf, NoDecision } from "./authorizerDecision.ts";
import { authorizerFailure } from "./authorizerFailure.ts";
import type { FunctionCaller } from "./functionCaller.ts";
import { executeApiArn, type HttpCall } from "./httpCall.ts";
import { eventFor } from "./lambdaIntegration.ts";
import { FORBIDDEN, INTERNAL_SERVER_ERROR, unauthorized } from "./replies.ts";
import { select } from "./selection.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
const TIMEOUT_MS = 10_000;
const NONE = new Uint8Array();

export interface LambdaAuthorizerDeps {
  readonly caller: FunctionCaller;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Asks a function whether a call is allowed, and remembers its decision for the values of the identity sources. */
export class LambdaAuthorizer {
  readonly #deps: LambdaAuthorizerDeps;
  readonly #remembered = new RememberedAnswers<Decision>();

  constructor(deps: LambdaAuthorizerDeps) {
    this.#deps = deps;
  }

  async authorize(call: HttpCall, authorizer: ApiAuthorizer): Promise<Authorization> {
    const { clock, logger } = this.#deps;
    const { identitySource = [], authorizerResultTtlInSeconds: ttl = 0, authorizerId } = authorizer;
    const identity = identitySource.map((source) => select(source, { call }));
    if (identity.some((value) => value === undefined || value === ""))
      return refused(unauthorized(), "the request has no value for an identity source");
    const { api, stage } = call;
    const key = JSON.stringify([api.apiId, stage.stageName, stage.deploymentId, authorizerId, ...identity]);
    const now = clock.monotonicMs();
    let decision = ttl > 0 ? this.#remembered.find(api.accountId, key, now) : undefined;
    if (!decision) {
      try {
        const document = await this.#ask(call, authorizer, identity as readonly string[]);
        decision = decisionOf(document, authorizer.enableSimpleResponses === true);
        const remembered = { value: decision, untilMs: now + ttl * 1000, document };
        if (ttl > 0) this.#remembered.remember(api.accountId, key, remembered);
      } catch (error) {
        logger.info({ err: error, apiId: api.apiId, authorizerId }, "an authorizer of an API gave no decision");
        return refused(INTERNAL_SERVER_ERROR, authorizerFailure(error));
      }
    }
    const about = executeApiArn(api, stage.stageName, call.request.method, call.path.slice(1));
    return allows(decision, about) ? { kind: "allowed", context: decision.context } : refused(FORBIDDEN);
  }

  async #ask(call: HttpCall, authorizer: ApiAuthorizer, identity: readonly string[]): Promise<string> {
    const { request, api, stage } = call;
    const { authorizerUri: uri = "", authorizerCredentialsArn: credentialsArn, authorizerId } = authorizer;
    const { accountId, region, apiId } = api;
    const { outcome } = await this.#deps.caller.call(
      {
        ...{ accountId, region, uri, credentialsArn, stageVariables: stage.stageVariables },
        sourceArn: executeApiArn(api, "authorizers", authorizerId, "").replace(/\/$/, ""),
        payload: authorizerEvent(call, authorizer, identity),
        requestId: crypto.randomUUID(),
        traceId: traceOf(request),
      },
      AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    );
    if (outcome.kind !== "success") throw new NoDecision(`the authorizer of ${apiId} failed: ${outcome.kind}`);
    return answerText(outcome.payload);
  }
}

/** The event of an authorizer: that of an integration without the body, with what is to be decided about. */
function authorizerEvent(call: HttpCall, authorizer: ApiAuthorizer, identity: readonly string[]): Buffer {
  const { api, stage, request, path } = call;
  const format = authorizer.authorizerPayloadFormatVersion ?? "2.0";
  const event = JSON.parse(eventFor(call, NONE, format, undefined).toString()) as Record<string, unknown>;
  const { body: _, isBase64Encoded: __, ...rest } = event;
  const about = executeApiArn(api, stage.stageName, request.method, path.slice(1));
  const named =
    format === "2.0"
      ? { version: "2.0", type: "REQUEST", routeArn: about, identitySource: identity }
      : {
          version: "1.0",
          type: "REQUEST",
          methodArn: about,
          identitySource: identity.join(","),
          authorizationToken: identity.join(","),
        };
  return Buffer.from(JSON.stringify({ ...rest, ...named }));
}
