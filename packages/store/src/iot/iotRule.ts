import type { AccountRegion } from "@hearth/model";

export interface IotRuleKey extends AccountRegion {
  readonly ruleName: string;
}

/** An action of a rule, as in AWS's API: one member, such as `lambda`, with its settings. */
export type IotAction = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

/** What the owner of a rule has set, as in AWS's API. */
export interface IotRuleSettings {
  readonly sql: string;
  readonly description?: string | undefined;
  readonly actions: readonly IotAction[];
  readonly ruleDisabled: boolean;
  readonly awsIotSqlVersion: string;
  readonly errorAction?: IotAction | undefined;
}

export interface IotRuleRecord extends IotRuleKey {
  readonly settings: IotRuleSettings;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
}
