import { AccessDeniedException, type Sender } from "@hearth/model";
import type { Authorizer } from "./authorizer.ts";
import { executionRole } from "./executionRole.ts";
import type { Identities } from "./identities.ts";

export interface ExecutionRolesDeps {
  readonly authorizer: Pick<Authorizer, "decide">;
  readonly identities: Pick<Identities, "find">;
}

/** Something that Hearth does with a function's execution role. */
export interface RoleAction {
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
}

const ORIGIN = { sourceIp: undefined, secureTransport: true, userAgent: "lambda.amazonaws.com" };

/** Decides what Hearth may do with the execution roles of functions: send to their destinations and dead-letter queues. */
export class ExecutionRoles {
  readonly #deps: ExecutionRolesDeps;

  constructor(deps: ExecutionRolesDeps) {
    this.#deps = deps;
  }

  /**
   * Why the role may not do it; `undefined` when it may. The role's own policies decide, and the resource's: of another account it must allow it, and its
   * denials always hold. A role that Hearth does not have may do nothing.
   */
  async refusalOf(sender: Sender, { action, resource }: RoleAction): Promise<string | undefined> {
    const { authorizer, identities } = this.#deps;
    const role = await executionRole(
      sender,
      async (RoleName) => (await identities.find("role", sender.accountId, RoleName))?.id,
    );
    const [service = "", operation = ""] = action.split(":");
    const owner = resource.split(":")[4];
    const call = {
      service,
      operation,
      input: {},
      region: sender.region,
      caller: { ...role, accessKeyId: "" },
      origin: ORIGIN,
    };
    const question = {
      action,
      resources: [resource] as const,
      // The ARN of a bucket names no account.
      accountId: owner === undefined || owner === "" ? sender.accountId : owner,
      asksResource: true,
    };
    try {
      await authorizer.decide(call, question);
      return undefined;
    } catch (error) {
      if (error instanceof AccessDeniedException) return error.message;
      throw error;
    }
  }
}
