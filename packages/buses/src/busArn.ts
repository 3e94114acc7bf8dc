import { type AccountRegion, arn } from "@hearth/model";
import type { EventBusKey, EventRuleKey } from "@hearth/store";

/** The bus that every account has in each region. */
export const DEFAULT_BUS = "default";

export function busArn({ accountId, region, bus }: EventBusKey): string {
  return arn({ service: "events", region, accountId, resource: `event-bus/${bus}` });
}

/** Rules of the default bus have its name not in their ARNs. */
export function ruleArn({ accountId, region, bus, rule }: EventRuleKey): string {
  const resource = bus === DEFAULT_BUS ? `rule/${rule}` : `rule/${bus}/${rule}`;
  return arn({ service: "events", region, accountId, resource });
}

/** The bus that an ARN names; `undefined` when it is no ARN of a bus. */
export function parseBusArn(text: string): EventBusKey | undefined {
  const parsed = parseEventsArn(text);
  return parsed?.kind === "event-bus" ? { ...parsed.where, bus: parsed.name } : undefined;
}

/** The rule that an ARN names; `undefined` when it is no ARN of a rule. */
export function parseRuleArn(text: string): EventRuleKey | undefined {
  const parsed = parseEventsArn(text);
  if (parsed?.kind !== "rule") return undefined;
  const slash = parsed.name.lastIndexOf("/");
  const bus = slash < 0 ? DEFAULT_BUS : parsed.name.slice(0, slash);
  return { ...parsed.where, bus, rule: parsed.name.slice(slash + 1) };
}

/** `arn:aws:events:us-east-1:000000000000:event-bus/name`, taken apart. */
export function parseEventsArn(
  text: string,
): { readonly where: AccountRegion; readonly kind: string; readonly name: string } | undefined {
  const [prefix, , service, region, accountId, resource, ...rest] = text.split(":");
  if (prefix !== "arn" || service !== "events" || !region || !accountId || !resource || rest.length > 0)
    return undefined;
  const slash = resource.indexOf("/");
  if (slash < 1 || slash === resource.length - 1) return undefined;
  return { where: { accountId, region }, kind: resource.slice(0, slash), name: resource.slice(slash + 1) };
}
