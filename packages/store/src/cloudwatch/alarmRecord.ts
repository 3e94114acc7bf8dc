import type { AccountRegion } from "@hearth/model";

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";
export type AlarmKind = "MetricAlarm" | "CompositeAlarm";

export interface AlarmKey extends AccountRegion {
  readonly AlarmName: string;
}

/** What an owner has set, in AWS's members; dimensions are AWS's lists. */
export interface AlarmSettings {
  readonly AlarmDescription?: string | undefined;
  readonly OKActions?: readonly string[] | undefined;
  readonly AlarmActions?: readonly string[] | undefined;
  readonly InsufficientDataActions?: readonly string[] | undefined;
  readonly AlarmRule?: string | undefined;
  readonly MetricName?: string | undefined;
  readonly Namespace?: string | undefined;
  readonly Statistic?: string | undefined;
  readonly ExtendedStatistic?: string | undefined;
  readonly Dimensions?: readonly AlarmDimension[] | undefined;
  readonly Period?: number | undefined;
  readonly Unit?: string | undefined;
  readonly EvaluationPeriods?: number | undefined;
  readonly DatapointsToAlarm?: number | undefined;
  readonly Threshold?: number | undefined;
  readonly ComparisonOperator?: string | undefined;
  readonly TreatMissingData?: string | undefined;
  readonly EvaluateLowSampleCountPercentile?: string | undefined;
  readonly Metrics?: readonly AlarmMetric[] | undefined;
}

export interface AlarmDimension {
  readonly Name: string;
  readonly Value: string;
}

/** A query of an alarm with metric math, in AWS's members. */
export interface AlarmMetric {
  readonly Id: string;
  readonly Label?: string | undefined;
  readonly ReturnData?: boolean | undefined;
  readonly Period?: number | undefined;
  readonly Expression?: string | undefined;
  readonly MetricStat?:
    | {
        readonly Metric: {
          readonly Namespace?: string | undefined;
          readonly MetricName?: string | undefined;
          readonly Dimensions?: readonly AlarmDimension[] | undefined;
        };
        readonly Period: number;
        readonly Stat: string;
        readonly Unit?: string | undefined;
      }
    | undefined;
}

/** All times in milliseconds since the epoch. */
export interface AlarmRecord extends AlarmKey {
  readonly id: string;
  readonly kind: AlarmKind;
  readonly settings: AlarmSettings;
  readonly children: readonly string[];
  readonly actionsEnabled: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly state: AlarmState;
  readonly stateReason: string;
  readonly stateReasonData: string | null;
  readonly stateUpdatedAt: number;
  readonly stateTransitionedAt: number;
  readonly configuredAt: number;
  readonly revision: string;
}

export type AlarmHistoryType = "ConfigurationUpdate" | "StateUpdate" | "Action";

export interface AlarmHistoryItem {
  readonly AlarmName: string;
  readonly kind: AlarmKind;
  readonly at: number;
  readonly type: AlarmHistoryType;
  readonly summary: string;
  readonly data: string;
}
