import { type AccountRegion, arn } from "@hearth/model";
import { alarmArn } from "@hearth/monitoring";

/** Dashboards are global: their ARNs have no region. */
export function dashboardArn({ accountId, region }: AccountRegion, DashboardName: string): string {
  const [partition = "arn", name = "aws"] = arn({ service: "cloudwatch", accountId, region, resource: "" }).split(":");
  return `${partition}:${name}:cloudwatch::${accountId}:dashboard/${DashboardName}`;
}

/** What an ARN names in this account and region; `undefined` for anything else. */
export function resourceOf(
  where: AccountRegion,
  resourceArn: string,
): { readonly kind: "alarm" | "dashboard"; readonly name: string } | undefined {
  for (const [kind, prefix] of [
    ["alarm", alarmArn({ ...where, AlarmName: "" })],
    ["dashboard", dashboardArn(where, "")],
  ] as const) {
    if (resourceArn.startsWith(prefix)) return { kind, name: resourceArn.slice(prefix.length) };
  }
  return undefined;
}
