import { compilePolicy, InvalidPolicy } from "@hearth/access";
import { busArn } from "@hearth/buses";
import { globalArn, structure, text, ValidationException } from "@hearth/model";
import type { EventBusPolicy } from "@hearth/store";
import { operation, type RequestContext } from "@hearth/wire";
import type { EventBridgeDeps } from "../deps.ts";
import { busNotFound, PolicyLengthExceededException, ResourceNotFoundException } from "../errors.ts";
import { findBus } from "../findBus.ts";
import * as words from "../words.ts";

const MAX_POLICY_CHARACTERS = 10_240;

const Condition = structure({ Type: text(), Key: text(), Value: text() });

export const putPermission = operation({
  name: "PutPermission",
  input: structure({
    EventBusName: words.NonPartnerEventBusName.optional(),
    Action: text({ min: 1, max: 64, pattern: "events:[a-zA-Z]+" }).optional(),
    Principal: text({ min: 1, max: 12, pattern: "(\\d{12}|\\*)" }).optional(),
    StatementId: text({ min: 1, max: 64, pattern: "[a-zA-Z0-9-_]+" }).optional(),
    Condition: Condition.optional(),
    Policy: text().optional(),
  }),
  errors: [PolicyLengthExceededException, ResourceNotFoundException],
  async handle({ EventBusName, ...input }, context, deps: Pick<EventBridgeDeps, "buses" | "directory">) {
    const bus = await findBus(deps, context, EventBusName);
    const changed = await deps.buses.change(bus, ({ policy }) => {
      const next =
        input.Policy === undefined
          ? withStatement(policy, statementOf(input, context, busArn(bus)))
          : parse(input.Policy);
      if (JSON.stringify(next).length > MAX_POLICY_CHARACTERS)
        throw new PolicyLengthExceededException(`The policy is longer than ${MAX_POLICY_CHARACTERS} characters.`);
      return { policy: next };
    });
    deps.directory.forget(bus);
    if (!changed) throw busNotFound(bus.bus);
    return undefined;
  },
});

function statementOf(
  {
    Action,
    Principal,
    StatementId,
    Condition: condition,
  }: {
    readonly Action?: string | undefined;
    readonly Principal?: string | undefined;
    readonly StatementId?: string | undefined;
    readonly Condition?: { readonly Type: string; readonly Key: string; readonly Value: string } | undefined;
  },
  { region }: RequestContext,
  Resource: string,
) {
  for (const [name, value] of Object.entries({ Action, Principal, StatementId })) {
    if (value === undefined) throw new ValidationException(`Parameter(s) ${name} must be specified.`);
  }
  if (condition && (condition.Type !== "StringEquals" || condition.Key !== "aws:PrincipalOrgID"))
    throw new ValidationException("A condition has the type StringEquals and the key aws:PrincipalOrgID.");
  return {
    Sid: StatementId ?? "",
    Effect: "Allow",
    Principal:
      Principal === "*"
        ? "*"
        : { AWS: globalArn({ service: "iam", region, accountId: Principal ?? "", resource: "root" }) },
    Action: Action ?? "",
    Resource,
    ...(condition && { Condition: { [condition.Type]: { [condition.Key]: condition.Value } } }),
  };
}

/** A statement with the same id is replaced. */
function withStatement(policy: EventBusPolicy | null, statement: { readonly Sid: string }): EventBusPolicy {
  const others = (policy?.Statement ?? []).filter(({ Sid }) => Sid !== statement.Sid);
  return { Version: "2012-10-17", ...policy, Statement: [...others, statement] };
}

function parse(text: string): EventBusPolicy {
  try {
    const policy = JSON.parse(text) as Record<string, unknown> | null;
    if (typeof policy !== "object" || policy === null || policy["Statement"] === undefined)
      throw new InvalidPolicy("it has no Statement");
    compilePolicy(text);
    const { Statement } = policy;
    return {
      ...policy,
      Statement: (Array.isArray(Statement) ? Statement : [Statement]) as EventBusPolicy["Statement"],
    };
  } catch (error) {
    if (!(error instanceof InvalidPolicy) && !(error instanceof SyntaxError)) throw error;
    throw new ValidationException(`Parameter Policy is not valid. Reason: ${error.message}`);
  }
}
