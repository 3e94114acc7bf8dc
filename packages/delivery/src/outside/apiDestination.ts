import type { Clock, Random } from "@hearth/kit";
import type { Outbound } from "@hearth/outbound";
import { DeliveryDelayed } from "../deliveryDelayed.ts";
import { DeliveryRefused } from "../deliveryRefused.ts";
import type { OutsideKind } from "../outsideKind.ts";
import { apiDestinationRequest } from "./apiDestinationRequest.ts";
import type {
  ApiDestinationParameters,
  ConnectionParameter,
  OpenApiDestination,
  OpenConnection,
} from "./apiDestinationTypes.ts";
import type { ConnectionTokens } from "./connectionTokens.ts";
import { outsideError } from "./outsideError.ts";
import type { RateLimits } from "./rateLimits.ts";
import { retryAfterMs } from "./retryAfterMs.ts";
import { sendOutside } from "./sendOutside.ts";

export interface ApiDestinationDeps {
  readonly limits: Pick<RateLimits, "take">;
  readonly outbound: Pick<Outbound, "request">;
  readonly tokens: Pick<ConnectionTokens, "token" | "forget">;
  /** The destination with its connection, decrypted; `undefined` when there is none. */
  readonly find: (ApiDestinationArn: string) => Promise<OpenApiDestination | undefined>;
  readonly clock: Clock;
  readonly random: Random;
}

const TIMEOUT_MS = 5_000;
const MAX_RESPONSE_BYTES = 1_024;
const RETRIED = new Set([401, 407, 409, 429]);

/**
 * Events to API destinations of EventBridge. 401, 407, 409, 429, 5xx and time-outs are tried again, not before `Retry-After`; 401 and 407 with a new token.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
 */
export function apiDestination(deps: ApiDestinationDeps): OutsideKind {
  return {
    name: "api-destination",
    targets: ["events/api-destination"],
    async attempt({ TargetArn, sender: { accountId }, body, parameters }, signal) {
      const destination = await deps.find(TargetArn);
      if (!destination) throw new DeliveryRefused(`there is no API destination ${TargetArn}`, "NO_RESOURCE");
      const { HttpParameters = {} } = (parameters ?? {}) as ApiDestinationParameters;
      const authorization = await authorizationOf(deps, accountId, destination.connection);
      const request = apiDestinationRequest(destination, HttpParameters, body, authorization);
      await deps.limits.take(TargetArn, destination.InvocationRateLimitPerSecond);
      const { status, headers } = await sendOutside(deps.outbound, deps.random, {
        accountId,
        ...request,
        timeoutMs: TIMEOUT_MS,
        maxResponseBytes: MAX_RESPONSE_BYTES,
        signal,
      });
      if (status >= 200 && status < 300) return;
      if (status === 401 || status === 407) deps.tokens.forget(destination.connection.ConnectionArn);
      const error = `the API destination answered with status ${status}`;
      if (status < 500 && !RETRIED.has(status)) throw new DeliveryRefused(error);
      const afterMs = retryAfterMs(headers["retry-after"], deps.clock.now());
      if (afterMs === undefined) throw new Error(error);
      if (afterMs < 0) throw new DeliveryRefused(`${error} and a negative Retry-After`);
      throw new DeliveryDelayed(error, { atLeastMs: afterMs, isAttempt: true });
    },
  };
}

async function authorizationOf(
  { tokens, random }: Pick<ApiDestinationDeps, "tokens" | "random">,
  accountId: string,
  connection: OpenConnection,
): Promise<readonly ConnectionParameter[]> {
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: key } = connection.AuthParameters;
  switch (connection.AuthorizationType) {
    case "BASIC": {
      const user = Buffer.from(`${basic?.Username ?? ""}:${basic?.Password ?? ""}`).toString("base64");
      return [{ Key: "Authorization", Value: `Basic ${user}` }];
    }
    case "API_KEY":
      return key ? [{ Key: key.ApiKeyName, Value: key.ApiKeyValue }] : [];
    case "OAUTH_CLIENT_CREDENTIALS":
      try {
        return [{ Key: "Authorization", Value: `Bearer ${await tokens.token(accountId, connection)}` }];
      } catch (error) {
        throw outsideError(error, random);
      }
  }
}
