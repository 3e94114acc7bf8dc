import {
  AccessDeniedException,
  arn,
  type FunctionSender,
  globalArn,
  type Sender,
  type ServiceSender,
} from "@hearth/model";
import { serviceMayAssume } from "./assumable.ts";
import type { Authorizer } from "./authorizer.ts";
import { type ExecutionRole, executionRole } from "./executionRole.ts";
import type { Identities } from "./identities.ts";
import type { Question } from "./question.ts";
import { parseRoleArn } from "./roleArn.ts";

export interface SendersDeps {
  readonly authorizer: Pick<Authorizer, "decide" | "decideForService">;
  readonly identities: Pick<Identities, "find">;
}

/** Something that Hearth does in the name of a sender. */
export interface SenderAction {
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
}

/** Decides what Hearth may send in the name of functions and services. */
export class Senders {
  readonly #deps: SendersDeps;

  constructor(deps: SendersDeps) {
    this.#deps = deps;
  }

  /**
   * Why the sender may not do it; `undefined` when it may. A function and a service with a role do it with the role: its own policies decide, and the
   * resource's: of another account it must allow it, and its denials always hold. A service without a role needs a resource policy that allows it.
   */
  async refusalOf(sender: Sender, { action, resource }: SenderAction): Promise<string | undefined> {
    if (isOwnEvent(sender, { action, resource })) return undefined;
    const owner = resource.split(":")[4];
    const question: Question = {
      action,
      resources: [resource],
      // The ARN of a bucket names no account.
      accountId: owner === undefined || owner === "" ? sender.accountId : owner,
      asksResource: true,
    };
    try {
      if (sender.kind === "function") await this.#askRole(sender, await this.#executionRole(sender), question);
      else if (sender.RoleArn === undefined) await this.#deps.authorizer.decideForService(sender, question);
      else await this.#askRole(sender, await this.#passedRole(sender, sender.RoleArn), question);
      return undefined;
    } catch (error) {
      if (error instanceof AccessDeniedException) return error.message;
      throw error;
    }
  }

  async #executionRole(sender: FunctionSender): Promise<ExecutionRole> {
    return await executionRole(sender, async (RoleName) => await this.#idOf(sender.accountId, RoleName));
  }

  /** A session of the role that a service was given. Rejects with AccessDeniedException when the role does not trust the service. */
  async #passedRole(sender: ServiceSender, RoleArn: string): Promise<ExecutionRole> {
    const { accountId, region, principal } = sender;
    if (!(await serviceMayAssume(this.#deps.identities, { ...sender, RoleArn }))) {
      throw new AccessDeniedException(`${principal} may not assume the role ${RoleArn}`);
    }
    const { RoleName = "" } = parseRoleArn(RoleArn) ?? {};
    const RoleId = (await this.#idOf(accountId, RoleName)) ?? "";
    const sessionName = principal.split(".")[0] ?? principal;
    return {
      accountId,
      arn: globalArn({ service: "sts", region, accountId, resource: `assumed-role/${RoleName}/${sessionName}` }),
      userId: `${RoleId}:${sessionName}`,
      principal: { kind: "role", RoleName, RoleId, sessionName },
    };
  }

  async #idOf(accountId: string, RoleName: string): Promise<string | undefined> {
    return (await this.#deps.identities.find("role", accountId, RoleName))?.id;
  }

  async #askRole(sender: Sender, role: ExecutionRole, question: Question): Promise<void> {
    const [service = "", operation = ""] = question.action.split(":");
    const userAgent = sender.kind === "function" ? "lambda.amazonaws.com" : sender.principal;
    const call = {
      service,
      operation,
      input: {},
      region: sender.region,
      caller: { ...role, accessKeyId: "" },
      origin: { sourceIp: undefined, secureTransport: true, userAgent },
    };
    await this.#deps.authorizer.decide(call, question);
  }
}

/** Services of the account that tell its default bus of their own events, which no policy has to allow. */
const OWN_EVENTS: ReadonlySet<string> = new Set(["cloudwatch.amazonaws.com"]);

function isOwnEvent(sender: Sender, { action, resource }: SenderAction): boolean {
  // A topic rule of IoT carries out its own error action.
  if (sender.kind === "service" && action === "iot:CarryOutErrorAction") {
    return sender.principal === "iot.amazonaws.com" && resource === sender.sourceArn;
  }
  if (sender.kind !== "service" || action !== "events:PutEvents" || !OWN_EVENTS.has(sender.principal)) return false;
  const { accountId, region } = sender;
  return resource === arn({ service: "events", accountId, region, resource: "event-bus/default" });
}
