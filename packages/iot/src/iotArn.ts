import { type AccountRegion, arn } from "@hearth/model";

/** What follows `<type>/` in the ARN of something of IoT, such as `topic/a/b`; `undefined` for any other ARN. */
export function parseIotArn(text: string, type: string): (AccountRegion & { readonly name: string }) | undefined {
  const [, , service, region = "", accountId = "", ...rest] = text.split(":");
  const resource = rest.join(":");
  if (service !== "iot" || !resource.startsWith(`${type}/`)) return undefined;
  return { region, accountId, name: resource.slice(type.length + 1) };
}

export function topicRuleArn({ accountId, region }: AccountRegion, ruleName: string): string {
  return arn({ service: "iot", region, accountId, resource: `rule/${ruleName}` });
}

export function topicArn({ accountId, region }: AccountRegion, topic: string): string {
  return arn({ service: "iot", region, accountId, resource: `topic/${topic}` });
}
