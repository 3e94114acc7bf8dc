import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { CloudWatchDeps } from "../deps.ts";
import * as words from "../words.ts";

export const disableAlarmActions = operation({
  name: "DisableAlarmActions",
  input: structure({ AlarmNames: words.AlarmNames }),
  errors: [],
  async handle({ AlarmNames }, context, { alarms }: Pick<CloudWatchDeps, "alarms">) {
    await alarms.enableActions(context, AlarmNames, false);
    return undefined;
  },
});
