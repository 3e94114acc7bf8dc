import type { AlarmState } from "@hearth/store";

/** What an evaluation has seen, for the texts about it. */
export interface AlarmFindings {
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly operator: string;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly treatMissingData: string;
  /** How many missing datapoints were treated as if they had a value. */
  readonly filled: number;
  /** The datapoints that were evaluated, the latest first; times in seconds since the epoch. */
  readonly datapoints: readonly AlarmDatapoint[];
}

export interface AlarmDatapoint {
  readonly at: number;
  readonly value: number;
  readonly breaches: boolean;
  readonly sampleCount?: number;
}

const RELATIONS: Readonly<Record<string, string>> = {
  GreaterThanOrEqualToThreshold: "greater than or equal to",
  GreaterThanThreshold: "greater than",
  LessThanThreshold: "less than",
  LessThanOrEqualToThreshold: "less than or equal to",
};

const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

/** The StateReason as AWS writes it. */
export function stateReason(findings: AlarmFindings): string {
  const { from, to, operator, threshold, evaluationPeriods, datapointsToAlarm, treatMissingData, filled, datapoints } =
    findings;
  if (to === "INSUFFICIENT_DATA") {
    return `Insufficient Data: ${many(evaluationPeriods, "datapoint")} ${evaluationPeriods === 1 ? "was" : "were"} unknown.`;
  }
  if (datapoints.length === 0) {
    const treated = treatMissingData === "breaching" ? "[Breaching]" : "[NonBreaching]";
    return `Threshold Crossed: no datapoints were received for ${many(evaluationPeriods, "period")} and ${many(filled, "missing datapoint")} ${filled === 1 ? "was" : "were"} treated as ${treated}.`;
  }
  const isAlarm = to === "ALARM";
  const shown = datapoints.filter(({ breaches }) => breaches === isAlarm);
  const least = isAlarm ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1;
  const texts = shown.map(({ value, at }) => `${number(value)} (${shortTime(at)})`).join(", ");
  return (
    `Threshold Crossed: ${shown.length} out of the last ${many(evaluationPeriods, "datapoint")} [${texts}] ${shown.length === 1 ? "was" : "were"} ` +
    `${isAlarm ? "" : "not "}${RELATIONS[operator] ?? operator} the threshold (${number(threshold)}) ` +
    `(minimum ${many(least, "datapoint")} for ${from} -> ${to} transition).`
  ).slice(0, MAX_REASON);
}

/** AWS's limit of StateReason. */
const MAX_REASON = 1_023;

export interface ReasonDataParts {
  readonly queryDate: number;
  readonly statistic?: string | undefined;
  readonly unit?: string | undefined;
  readonly period: number;
  /** The beginning of each period that was evaluated, the latest first, in seconds since the epoch. */
  readonly evaluated: readonly number[];
}

/** The StateReasonData as AWS writes it. */
export function stateReasonData({ datapoints, threshold }: AlarmFindings, parts: ReasonDataParts): string {
  const { queryDate, statistic, unit, period, evaluated } = parts;
  const found = new Map(datapoints.map((point) => [point.at, point]));
  const oldestFirst = datapoints.toReversed();
  const start = oldestFirst[0];
  return JSON.stringify({
    version: "1.0",
    queryDate: longTime(queryDate),
    ...(start && { startDate: longTime(start.at * 1000) }),
    ...(unit !== undefined && { unit }),
    ...(statistic !== undefined && { statistic }),
    period,
    recentDatapoints: oldestFirst.map(({ value }) => value),
    threshold,
    evaluatedDatapoints: evaluated.slice(0, MAX_DATAPOINTS).map((at) => {
      const point = found.get(at);
      return {
        timestamp: longTime(at * 1000),
        ...(point?.sampleCount !== undefined && { sampleCount: point.sampleCount }),
        ...(point && { value: point.value }),
      };
    }),
  });
}

/** Keeps StateReasonData below AWS's 4,000 characters. */
const MAX_DATAPOINTS = 30;

/** A number as Java prints a double. */
export function number(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** `2026-11-29T09:30:00.000+0000`: times in messages of alarms. */
export function longTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace("Z", "+0000");
}

/** `29/11/26 09:30:00`. */
function shortTime(epochSeconds: number): string {
  const [date = "", time = ""] = new Date(epochSeconds * 1000).toISOString().slice(0, 19).split("T");
  const [year = "", month, day] = date.split("-");
  return `${day}/${month}/${year.slice(2)} ${time}`;
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** `Friday 04 August, 2023 12:54:46 UTC`: in reasons of composite alarms. */
export function spelledTime(epochMs: number): string {
  const time = new Date(epochMs);
  const day = String(time.getUTCDate()).padStart(2, "0");
  return `${DAYS[time.getUTCDay()]} ${day} ${MONTHS[time.getUTCMonth()]}, ${time.getUTCFullYear()} ${time.toISOString().slice(11, 19)} UTC`;
}
