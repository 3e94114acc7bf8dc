import type { OutgoingMessage } from "@hearth/model";
import { type EventPattern, EventPatternIndex, parseEventPattern } from "@hearth/patterns";
import type { EventBusKey, EventBusRecord, EventToArchive, RuleTarget, RuleWithTargets } from "@hearth/store";
import { ruleArn } from "./busArn.ts";
import type { BusEvent } from "./busEvent.ts";
import { httpParameters } from "./httpParameters.ts";
import { parseJsonPath, valueAt } from "./jsonPath.ts";
import { type InputRule, type MatchedEvent, type TargetInput, targetInput } from "./targetInput.ts";

interface PreparedTarget {
  readonly target: RuleTarget;
  readonly input: TargetInput;
}

/** A rule as events meet it. */
export interface PreparedRule extends InputRule {
  readonly targets: readonly PreparedTarget[];
}

/** One target of one rule that an event matches. */
export interface Matching {
  readonly rule: PreparedRule;
  readonly prepared: PreparedTarget;
}

const DEFAULT_RETRIES = 185;
const DEFAULT_AGE_SECONDS = 86_400;

/** The enabled rules and the archives of a bus. */
export interface BusContent {
  readonly rules: readonly RuleWithTargets[];
  readonly archives: readonly { readonly id: string; readonly EventPattern?: string }[];
}

/** A bus with its enabled rules, as they were at one moment, prepared for events. */
export class BusRules {
  readonly key: EventBusKey;
  /** Absent for the default bus of an account that has not changed it. */
  readonly record: EventBusRecord | undefined;
  readonly patterns: ReadonlyMap<string, EventPattern>;
  readonly #index: EventPatternIndex<PreparedRule>;
  readonly #archives: EventPatternIndex<string>;
  readonly #allArchives: readonly string[];

  /** `known` are parsed patterns by their text, from an earlier state of the bus. */
  constructor(
    key: EventBusKey,
    record: EventBusRecord | undefined,
    { rules, archives }: BusContent,
    known: ReadonlyMap<string, EventPattern>,
  ) {
    this.key = key;
    this.record = record;
    const patterns = new Map<string, EventPattern>();
    const parsed = (text: string): EventPattern => {
      const pattern = patterns.get(text) ?? known.get(text) ?? parseEventPattern(text);
      patterns.set(text, pattern);
      return pattern;
    };
    this.patterns = patterns;
    this.#index = new EventPatternIndex(
      rules.flatMap((rule): [EventPattern, PreparedRule][] => {
        const { EventPattern: text } = rule.settings;
        return text === undefined ? [] : [[parsed(text), prepareRule(key, rule)]];
      }),
    );
    this.#archives = new EventPatternIndex(
      archives.flatMap(({ id, EventPattern: text }): [EventPattern, string][] =>
        text === undefined ? [] : [[parsed(text), id]],
      ),
    );
    this.#allArchives = archives.filter((archive) => archive.EventPattern === undefined).map(({ id }) => id);
  }

  /** The rules that the event matches, in the order of their ARNs; only those of `ruleArns`, if given. */
  rulesFor(parsed: unknown, ruleArns?: readonly string[]): readonly PreparedRule[] {
    const rules = [...this.#index.match(parsed)];
    return rules.filter(({ arn }) => !ruleArns || ruleArns.includes(arn)).sort((a, b) => (a.arn < b.arn ? -1 : 1));
  }

  /** What is to be stored of the event in archives. Events of replays are not archived again. */
  archivedOf({ event, text, parsed }: MatchedEvent): readonly EventToArchive[] {
    if (event.replayName !== undefined) return [];
    const ids = [...this.#allArchives, ...this.#archives.match(parsed)];
    return ids.map((archiveId) => ({ archiveId, id: event.id, event: text }));
  }
}

export function prepareRule(key: EventBusKey, { rule, targets }: RuleWithTargets): PreparedRule {
  return {
    name: rule,
    arn: ruleArn({ ...key, rule }),
    targets: targets.map((target) => ({ target, input: targetInput(target) })),
  };
}

export function matchingsOf(rules: readonly PreparedRule[]): readonly Matching[] {
  return rules.flatMap((rule) => rule.targets.map((prepared) => ({ rule, prepared })));
}

/** How an event came to a bus. */
export interface EventOrigin {
  readonly hops: number;
  readonly traceId?: string | undefined;
  /** Of a replay: the only rules that get the event. */
  readonly ruleArns?: readonly string[] | undefined;
}

/** What is sent to a target about an event. */
export function messageFor(
  { accountId, region }: EventBusKey,
  { rule, prepared: { target, input } }: Matching,
  matched: MatchedEvent,
  { hops, traceId }: EventOrigin,
  id: string,
): OutgoingMessage {
  const { MaximumRetryAttempts = DEFAULT_RETRIES, MaximumEventAgeInSeconds = DEFAULT_AGE_SECONDS } =
    target.RetryPolicy ?? {};
  const { RoleArn, SqsParameters, DeadLetterConfig } = target;
  const parameters = parametersOf(target, matched);
  return {
    id,
    sender: {
      kind: "service",
      accountId,
      region,
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
      ...(RoleArn !== undefined && { RoleArn }),
    },
    purpose: "RuleTarget",
    TargetArn: target.Arn,
    body: Buffer.from(input(matched, rule)),
    attributes: {},
    ...(traceId !== undefined && { traceId }),
    hops,
    ...(SqsParameters?.MessageGroupId !== undefined && { messageGroupId: SqsParameters.MessageGroupId }),
    ...(target.Arn.endsWith(".fifo") && { messageDeduplicationId: dedupIdOf(matched.event) }),
    retry: { maxAttempts: MaximumRetryAttempts + 1, maxAgeMs: MaximumEventAgeInSeconds * 1000 },
    ...(DeadLetterConfig?.Arn !== undefined && { deadLetterArn: DeadLetterConfig.Arn }),
    ...(parameters && { parameters }),
  };
}

/** What only one kind of target understands. */
function parametersOf({ KinesisParameters, HttpParameters }: RuleTarget, { event, parsed }: MatchedEvent) {
  if (HttpParameters) return { HttpParameters: httpParameters(HttpParameters, parsed) };
  if (!KinesisParameters) return undefined;
  const value = valueAt(parseJsonPath(KinesisParameters.PartitionKeyPath) ?? [], parsed);
  // As on AWS, the event's id is the key where the path finds none.
  return { partitionKey: typeof value === "string" || typeof value === "number" ? String(value) : event.id };
}

/** As on AWS, one event reaches a FIFO queue once however many times it is delivered. */
function dedupIdOf({ id }: BusEvent): string {
  return id;
}
