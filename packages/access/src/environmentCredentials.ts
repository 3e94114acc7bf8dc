import type { Clock } from "@hearth/kit";
import { type FunctionVersion, globalArn } from "@hearth/model";
import { isConnectionLoss } from "@hearth/store";
import type { Identities } from "./identities.ts";
import { parseRoleArn } from "./roleArn.ts";
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
    const role = parseRoleArn(configuration.Role);
    const own = role?.accountId === accountId ? role : undefined;
    const RoleId = (own && (await this.#idOf(accountId, own.RoleName))) ?? "AROAUNKNOWNTOHEARTH00";
    // No role's name has a colon: policies that name sessions of this account's roles mean no session of another account's role.
    const name = own?.RoleName ?? (role ? `${role.accountId}:${role.RoleName}` : configuration.Role);
    return sessions.issue({
      caller: {
        accountId,
        arn: globalArn({
          service: "sts",
          region,
          accountId,
          resource: `assumed-role/${name}/${FunctionName}`,
        }),
        userId: `${RoleId}:${FunctionName}`,
        principal: {
          kind: "role",
          // No role has a whole ARN as its name, so a role of another account is never mistaken for one of this account.
          RoleName: own?.RoleName ?? configuration.Role,
          RoleId,
          sessionName: FunctionName,
          environment: { region, logGroupName: configuration.LoggingConfig.LogGroup, Path: own?.Path ?? "/" },
        },
      },
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
