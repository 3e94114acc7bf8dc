import { busArn, DEFAULT_BUS, parseBusArn, parseEventsArn, ruleArn } from "@hearth/buses";
import { type Input, passRoleQuestion, type Question, type Questions, textOf } from "@hearth/access";
import { type AccountRegion, arn } from "@hearth/model";
import { busKeyOf } from "./findBus.ts";

const PRINCIPAL = "events.amazonaws.com";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const action = `events:${operation}`;
  const where = { accountId, region };
  if (operation === "PutEvents") return putEvents(input, where);
  const roles = rolesIn(input).map((RoleArn) => passRoleQuestion(accountId, RoleArn, PRINCIPAL));
  const resource = resourceOf(operation, input, where);
  if (resource === undefined) return [{ action, resources: ["*"], accountId }, ...roles];
  const owner = parseEventsArn(resource)?.where.accountId ?? accountId;
  return [{ action, resources: [resource], accountId: owner, asksResource: true }, ...roles];
};

/** Buses of other accounts are asked for one by one, unless all of them are: then each entry fails alone. */
function putEvents(input: Input, where: AccountRegion): readonly Question[] {
  const entries = Array.isArray(input["Entries"]) ? (input["Entries"] as readonly Input[]) : [];
  const arns = new Set(entries.map((entry) => busArn(busKeyOf(where, textOf(entry, "EventBusName")))));
  const asked = [...arns].map((resource): Question => {
    const owner = parseBusArn(resource)?.accountId ?? where.accountId;
    return { action: "events:PutEvents", resources: [resource], accountId: owner, asksResource: true };
  });
  const own = asked.filter(({ accountId }) => accountId === where.accountId);
  return own.length > 0 ? own : asked;
}

/** The ARN of what an operation works on; `undefined` when it works on nothing in particular. */
function resourceOf(operation: string, input: Input, where: AccountRegion): string | undefined {
  const named = (kind: string, member: string): string | undefined => {
    const name = textOf(input, member);
    return name === undefined ? undefined : arn({ service: "events", ...where, resource: `${kind}/${name}` });
  };
  const ResourceARN = textOf(input, "ResourceARN");
  if (ResourceARN !== undefined) return ResourceARN;
  if (operation.includes("Permission")) return busArn(busKeyOf(where, textOf(input, "EventBusName")));
  if (operation.endsWith("EventBus")) return busArn(busKeyOf(where, textOf(input, "Name") ?? DEFAULT_BUS));
  if (operation.endsWith("Archive")) return named("archive", "ArchiveName");
  if (operation.endsWith("Replay")) return named("replay", "ReplayName");
  if (operation.endsWith("Connection")) return named("connection", "Name");
  if (operation.endsWith("ApiDestination")) return named("api-destination", "Name");
  const rule = textOf(input, "Rule") ?? textOf(input, "Name");
  if (rule !== undefined) return ruleArn({ ...busKeyOf(where, textOf(input, "EventBusName")), rule });
  if (operation === "ListRules" || operation === "ListRuleNamesByTarget") {
    const named = textOf(input, "EventBusName");
    return named === undefined ? undefined : busArn(busKeyOf(where, named));
  }
  return undefined;
}

function rolesIn(input: Input): readonly string[] {
  const targets = Array.isArray(input["Targets"]) ? (input["Targets"] as readonly Input[]) : [];
  return [input, ...targets].map((one) => textOf(one, "RoleArn")).filter((role) => role !== undefined);
}
