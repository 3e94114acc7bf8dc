import type { AccountRegion } from "@hearth/model";
import { ValidationException } from "@hearth/model";
import type { AlarmKind, AlarmSettings } from "@hearth/store";
import { putTexts } from "./alarmHistoryTexts.ts";
import type { CloudWatchDeps } from "./deps.ts";
import { LimitExceededFault } from "./errors.ts";
import { refuseWhenDiskIsShort } from "./refuseWhenDiskIsShort.ts";
import { withTags } from "./tagging.ts";

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html */
const MAX_ALARMS = 5_000;

export interface Alarm {
  readonly AlarmName: string;
  readonly kind: AlarmKind;
  readonly settings: AlarmSettings;
  readonly children: readonly string[];
  readonly actionsEnabled: boolean;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
}

/** Creates or changes an alarm; it is evaluated at once. */
export async function putAlarm(
  { accountId, region }: AccountRegion,
  { tags, ...alarm }: Alarm,
  deps: Pick<CloudWatchDeps, "alarms" | "alarmNews" | "disk">,
): Promise<undefined> {
  refuseWhenDiskIsShort(deps);
  const key = { accountId, region, AlarmName: alarm.AlarmName };
  const outcome = await deps.alarms.put({ ...alarm, ...key, tags: withTags({}, tags) }, MAX_ALARMS, (before) =>
    putTexts(alarm.AlarmName, alarm.settings, before),
  );
  if (outcome === "tooMany")
    throw new LimitExceededFault(`An account can have no more than ${MAX_ALARMS} alarms in a region.`);
  if (outcome === "otherKind") {
    throw new ValidationException(
      `There is an alarm ${alarm.AlarmName} of another type: metric and composite alarms share their names.`,
    );
  }
  deps.alarmNews.tell();
  return undefined;
}
