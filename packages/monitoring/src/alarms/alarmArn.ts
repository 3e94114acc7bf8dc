import { arn } from "@hearth/model";
import type { AlarmKey } from "@hearth/store";

export function alarmArn({ accountId, region, AlarmName }: AlarmKey): string {
  return arn({ service: "cloudwatch", accountId, region, resource: `alarm:${AlarmName}` });
}
