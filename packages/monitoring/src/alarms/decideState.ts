import type { AlarmState } from "@hearth/store";

export type TreatMissingData = "missing" | "ignore" | "breaching" | "notBreaching";

export interface AlarmWindow {
  /** Whether the datapoint of each period breaches the threshold, the oldest first; `undefined` where there is none. */
  readonly slots: readonly (boolean | undefined)[];
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly treatMissingData: TreatMissingData;
}

/** `undefined`: the alarm stays in the state that it is in. */
export interface AlarmDecision {
  readonly state: AlarmState | undefined;
  /** How many missing datapoints were treated as if they had a value. */
  readonly filled: number;
}

/** How many more periods are looked at than are evaluated, so that a datapoint that is late or missing does not count at once. */
export const EXTRA_PERIODS = 2;

/**
 * Decides as AWS does: by the latest datapoints that exist, and only where there are too few of them by what is to be done about missing ones.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function decideState({
  slots,
  evaluationPeriods,
  datapointsToAlarm,
  treatMissingData,
}: AlarmWindow): AlarmDecision {
  const real = slots.filter((slot) => slot !== undefined).slice(-evaluationPeriods);
  const breaching = real.filter(Boolean).length;
  const missing = evaluationPeriods - real.length;
  if (missing === 0) return { state: breaching >= datapointsToAlarm ? "ALARM" : "OK", filled: 0 };
  switch (treatMissingData) {
    case "notBreaching":
      return { state: breaching >= datapointsToAlarm ? "ALARM" : "OK", filled: missing };
    case "breaching":
      return { state: breaching + missing >= datapointsToAlarm ? "ALARM" : "OK", filled: missing };
    default:
      return {
        state: decideByReal(slots, { breaching, real: real.length, datapointsToAlarm, treatMissingData }),
        filled: 0,
      };
  }
}

interface Real {
  readonly breaching: number;
  readonly real: number;
  readonly datapointsToAlarm: number;
  readonly treatMissingData: "missing" | "ignore";
}

function decideByReal(
  slots: readonly (boolean | undefined)[],
  { breaching, real, datapointsToAlarm, treatMissingData }: Real,
): AlarmState | undefined {
  if (breaching >= datapointsToAlarm) return "ALARM";
  if (breaching < real) return "OK";
  if (treatMissingData === "ignore") return undefined;
  if (real === 0) return "INSUFFICIENT_DATA";
  // Only breaching datapoints exist: an alarm, once the oldest of them is as old as the datapoints that make one.
  const oldest = slots.findIndex((slot) => slot !== undefined);
  return slots.length - oldest >= datapointsToAlarm ? "ALARM" : undefined;
}
