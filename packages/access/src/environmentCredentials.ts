import type { Clock } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import { isConnectionLoss } from "@hearth/store";
import { executionRole } from "./executionRole.ts";
import type { Identities } from "./identities.ts";
import type { SessionCredentials, SessionTokens } from "./sessionTokens.ts";

export interface EnvironmentCredentialsDeps {
  readonly sessions: Pick<SessionTokens, "issue">;
  readonly identities: Pick<Identities, "find">;
  readonly clock: Clock;
}

/** Longer than an execution environment is used: its variables, which hold the credentials, cannot change. */
export const ENVIRONMENT_SESSION_MS = 12 * 3_600_000;

/**
 * Temporary credentials of a function's execution role for one sandbox, as Lambda gets them from STS. They are valid on that sandbox's channel only.
 * The session belongs to the function's account, whatever account its role's ARN names. A role that Hearth does not have, or one of another account,
 * allows only the function's own log group.
 */
export class EnvironmentCredentials {
  readonly #deps: EnvironmentCredentialsDeps;

  constructor(deps: EnvironmentCredentialsDeps) {
    this.#deps = deps;
  }

  async issue(version: FunctionVersion, sandboxId: string): Promise<SessionCredentials> {
    const { sessions, clock } = this.#deps;
    const { accountId, region, FunctionName, configuration } = version;
    const sender = {
      kind: "function" as const,
      accountId,
      region,
      FunctionName,
      Role: configuration.Role,
      LogGroup: configuration.LoggingConfig.LogGroup,
    };
    return sessions.issue({
      caller: await executionRole(sender, (RoleName) => this.#idOf(accountId, RoleName)),
      issuedAt: clock.now(),
      expiresAt: clock.now() + ENVIRONMENT_SESSION_MS,
      channel: sandboxId,
    });
  }

  /** The id is only shown, so functions start without it while PostgreSQL does not answer. */
  async #idOf(accountId: string, RoleName: string): Promise<string | undefined> {
    try {
      return (await this.#deps.identities.find("role", accountId, RoleName))?.id;
    } catch (error) {
      if (isConnectionLoss(error)) return undefined;
      throw error;
    }
  }
}
