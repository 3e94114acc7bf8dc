import { expect, test } from "vitest";
import { type AlarmDecision, decideState, type TreatMissingData } from "./decideState.ts";

const TREATMENTS: readonly TreatMissingData[] = ["missing", "ignore", "breaching", "notBreaching"];
/** In the order of `TREATMENTS`: ALARM, OK, INSUFFICIENT_DATA, or the state stays. */
type States = string;
const SHORT = new Map<AlarmDecision["state"], string>([
  ["ALARM", "A"],
  ["OK", "O"],
  ["INSUFFICIENT_DATA", "I"],
  [undefined, "="],
]);

function decided(points: string, evaluationPeriods: number, datapointsToAlarm: number): States {
  const slots = points.split(" ").map((point) => (point === "-" ? undefined : point === "X"));
  return TREATMENTS.map((treatMissingData) =>
    SHORT.get(decideState({ slots, evaluationPeriods, datapointsToAlarm, treatMissingData }).state),
  ).join("");
}

// The tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
test.for([
  ["0 - X - X", "OOOO"],
  ["- - - - 0", "OOOO"],
  ["- - - - -", "I=AO"],
  ["0 X X - X", "AAAA"],
  ["- - X - -", "A=AO"],
])("3 of 3 datapoints: %s", ([points = "", states]) => {
  expect(decided(points, 3, 3)).toBe(states);
});

test.for([
  ["0 - X - X", "AAAA"],
  ["0 0 X 0 X", "AAAA"],
  ["0 - X - -", "OOAO"],
  ["- - - - 0", "OOAO"],
  ["- - - X -", "A=AO"],
])("2 of 3 datapoints: %s", ([points = "", states]) => {
  expect(decided(points, 3, 2)).toBe(states);
});

test("a single breaching datapoint that has just come is no alarm of three yet", () => {
  expect(decided("- - - - X", 3, 3)).toBe("==AO");
});
