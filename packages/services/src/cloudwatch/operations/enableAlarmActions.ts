import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { CloudWatchDeps } from "../deps.ts";
import * as words from "../words.ts";

export const enableAlarmActions = operation({
  name: "EnableAlarmActions",
  input: structure({ AlarmNames: words.AlarmNames }),
  errors: [],
  async handle({ AlarmNames }, context, { alarms }: Pick<CloudWatchDeps, "alarms">) {
    await alarms.enableActions(context, AlarmNames, true);
    return undefined;
  },
});
