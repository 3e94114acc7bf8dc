import { choice, structure, text } from "@hearth/model";
import { changeAlarmState } from "@hearth/monitoring";
import { operation } from "@hearth/wire";
import type { CloudWatchDeps } from "../deps.ts";
import { InvalidFormatFault, ResourceNotFound } from "../errors.ts";
import * as words from "../words.ts";

/** How long the state stays at least. */
const STAYS_MS = 10_000;
const ATTEMPTS = 5;

/** The next evaluation of the alarm decides about its state again. */
export const setAlarmState = operation({
  name: "SetAlarmState",
  input: structure({
    AlarmName: words.AlarmName,
    StateValue: choice(words.STATES),
    StateReason: text({ max: 1023 }),
    StateReasonData: text({ max: 4000 }).optional(),
  }),
  errors: [InvalidFormatFault, ResourceNotFound],
  async handle(input, { accountId, region }, deps: CloudWatchDeps) {
    const { AlarmName, StateValue, StateReason, StateReasonData } = input;
    if (StateReasonData !== undefined && !isJson(StateReasonData)) {
      throw new InvalidFormatFault("StateReasonData must be valid JSON.");
    }
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const alarm = await deps.alarms.find({ accountId, region, AlarmName });
      if (!alarm) throw new ResourceNotFound(`Alarm ${AlarmName} does not exist`);
      const at = deps.clock.now();
      const next = { state: StateValue, reason: StateReason, reasonData: StateReasonData, at };
      if (!(await changeAlarmState(alarm, next, at + STAYS_MS, deps))) continue; // it was changed at the same time
      deps.alarmNews.tell();
      return undefined;
    }
    throw new Error(`the alarm ${AlarmName} changes all the time`);
  },
});

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
