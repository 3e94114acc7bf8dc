import { simulate } from "@hearth/access";
import type { RestAuthorizer } from "@hearth/apis";
import type { Clock, Logger } from "@hearth/kit";
import { answerText, type Decision, decisionOf, NoDecision } from "../http/authorizerDecision.ts";
import type { FunctionCaller } from "../http/functionCaller.ts";
import { executeApiArn } from "../http/httpCall.ts";
import { RememberedAnswers } from "../rememberedAnswers.ts";
import { traceOf } from "../trace.ts";
import { GatewayFailure } from "./gatewayFailure.ts";
import { matchesWhole } from "./linearPattern.ts";
import { methodArn, type RoutedCall } from "./restCall.ts";
import { restEvent } from "./restEvent.ts";
import { mappedValues } from "./restParameters.ts";

/** As of an integration. */
const TIMEOUT_MS = 29_000;
/** The member of an answer that is an API key. */
const USAGE_KEY = /"usageIdentifierKey"\s*:\s*"([^"]+)"/;
const NO_BODY = new Uint8Array();

interface Remembered {
  readonly decision: Decision;
  readonly usageKey: string | undefined;
  readonly latencyMs: number;
}

export interface RestAuthorizersDeps {
  readonly caller: Pick<FunctionCaller, "call">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Asks a function whether a call is allowed, and remembers its answer for the token or the values of the identity sources. The policy of an answer is
 * evaluated for each call. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
export class RestAuthorizers {
  readonly #deps: RestAuthorizersDeps;
  readonly #remembered = new RememberedAnswers<Remembered>();

  constructor(deps: RestAuthorizersDeps) {
    this.#deps = deps;
  }

  /** What the policy says about the call. Writes what the authorizer tells into `call.learned`. Throws GatewayFailure where there is no policy. */
  async decide(call: RoutedCall, authorizer: RestAuthorizer): Promise<"allowed" | "explicitDeny" | "implicitDeny"> {
    const { trace } = call;
    const identity = identified(call, authorizer);
    const { decision, usageKey, latencyMs } = await this.#answer(call, authorizer, identity);
    trace?.info("Successfully completed authorizer execution");
    call.learned.authorizer = { ...textsOf(decision.context.values), integrationLatency: latencyMs };
    if (usageKey !== undefined) call.learned.usageKey = usageKey;
    if (typeof decision.isAuthorized === "boolean") return decision.isAuthorized ? "allowed" : "implicitDeny";
    const asked = { action: "execute-api:Invoke", resource: methodArn(call), lookup: () => undefined };
    return simulate([{ id: "", policy: decision.isAuthorized }], undefined, asked).decision;
  }

  /** Asks the function, whatever is remembered. `document`: its answer. Rejects as `decide` does, and with what the call of the function rejects with. */
  async ask(call: RoutedCall, authorizer: RestAuthorizer): Promise<{ readonly document: string }> {
    return await this.#ask(call, authorizer, identified(call, authorizer));
  }

  async #answer(call: RoutedCall, authorizer: RestAuthorizer, identity: readonly string[]): Promise<Remembered> {
    const { clock, logger } = this.#deps;
    const { api, stage } = call;
    // Without identity sources no two calls are known to be of the same client.
    const ttl = identity.length === 0 ? 0 : authorizer.authorizerResultTtlInSeconds;
    const flushes = stage.flushes?.authorizers ?? 0;
    const key = JSON.stringify([api.apiId, stage.stageName, flushes, stage.deploymentId, authorizer.id, ...identity]);
    const now = clock.monotonicMs();
    const known = ttl > 0 ? this.#remembered.find(api.accountId, key, now) : undefined;
    if (known) return known;
    try {
      const { document, ...answer } = await this.#ask(call, authorizer, identity);
      const remembered = { value: { ...answer, latencyMs: 0 }, untilMs: now + ttl * 1000, document };
      if (ttl > 0) this.#remembered.remember(api.accountId, key, remembered);
      return answer;
    } catch (error) {
      if (error instanceof GatewayFailure) throw error;
      logger.info(
        { err: error, apiId: api.apiId, authorizerId: authorizer.id },
        "an authorizer of an API gave no decision",
      );
      throw new GatewayFailure("AUTHORIZER_CONFIGURATION_ERROR", { cause: error });
    }
  }

  async #ask(
    call: RoutedCall,
    authorizer: RestAuthorizer,
    identity: readonly string[],
  ): Promise<Remembered & { readonly document: string }> {
    const { request, api, stage } = call;
    const { accountId, region } = api;
    const begun = this.#deps.clock.monotonicMs();
    const { outcome } = await this.#deps.caller.call(
      {
        ...{ accountId, region, uri: authorizer.authorizerUri, stageVariables: stage.variables },
        credentialsArn: authorizer.authorizerCredentials,
        sourceArn: executeApiArn(api, "authorizers", authorizer.id, "").replace(/\/$/, ""),
        payload: eventFor(call, authorizer, identity),
        requestId: crypto.randomUUID(),
        traceId: traceOf(request),
      },
      AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    );
    if (outcome.kind !== "success") {
      // The word that functions throw, or call back with, to refuse a token.
      if (outcome.kind === "functionError" && errorMessage(outcome.payload) === "Unauthorized") {
        throw new GatewayFailure("UNAUTHORIZED");
      }
      throw new NoDecision(`the function failed: ${outcome.kind}`);
    }
    const document = answerText(outcome.payload);
    call.trace?.hide(USAGE_KEY.exec(document)?.[1] ?? "");
    call.trace?.data("Authorizer result body before parsing", () => document);
    const decision = decisionOf(document, false);
    if (Object.values(decision.context.values).some((value) => typeof value === "object" && value !== null)) {
      throw new NoDecision("a value of the context is neither text, number nor boolean");
    }
    const { usageIdentifierKey } = JSON.parse(document) as Readonly<Record<string, unknown>>;
    const usageKey = typeof usageIdentifierKey === "string" ? usageIdentifierKey : undefined;
    return { decision, document, usageKey, latencyMs: Math.round(this.#deps.clock.monotonicMs() - begun) };
  }
}

/** As `identityOf`. Throws GatewayFailure when the function must not be asked. */
function identified(call: RoutedCall, authorizer: RestAuthorizer): readonly string[] {
  const { trace } = call;
  const identity = identityOf(call, authorizer);
  trace?.info(`Starting authorizer: ${authorizer.id} for request: ${call.request.requestId}`);
  if (!identity) throw new GatewayFailure("UNAUTHORIZED");
  if (authorizer.type === "TOKEN") for (const token of identity) trace?.hide(token);
  trace?.data("Incoming identity", () => identity.join(", "));
  return identity;
}

/** The token, or the values of the identity sources; `undefined` when the function must not be asked. */
function identityOf(
  call: RoutedCall,
  { type, identitySource = "", identityValidationExpression: pattern }: RestAuthorizer,
): readonly string[] | undefined {
  const sources = identitySource
    .split(",")
    .map((source) => source.trim())
    .filter((source) => source !== "");
  const values = sources.map((source) => mappedValues(source, call)[0] ?? "");
  if (values.includes("") || (type === "TOKEN" && values.length === 0)) return undefined;
  if (type === "TOKEN" && pattern !== undefined && pattern !== "" && !matchesWhole(pattern, values[0] ?? ""))
    return undefined;
  return values;
}

function eventFor(call: RoutedCall, { type }: RestAuthorizer, [token]: readonly string[]): Buffer {
  const about = { type, methodArn: methodArn(call) };
  if (type === "TOKEN") return Buffer.from(JSON.stringify({ ...about, authorizationToken: token }));
  const {
    body: _,
    isBase64Encoded: __,
    ...event
  } = JSON.parse(restEvent(call, NO_BODY).toString()) as Record<string, unknown>;
  return Buffer.from(JSON.stringify({ ...about, ...event }));
}

/** Functions get all values as texts. */
function textsOf(values: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function parsed(payload: unknown): Record<string, unknown> {
  if (!(payload instanceof Uint8Array)) return {};
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString();
  return JSON.parse(text) as Record<string, unknown>;
}

function errorMessage(payload: unknown): unknown {
  try {
    return parsed(payload)["errorMessage"];
  } catch {
    return undefined; // a runtime of the function's own may report an error in any form
  }
}
