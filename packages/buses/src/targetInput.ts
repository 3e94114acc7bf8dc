import type { RuleTarget } from "@hearth/store";
import { parseBusArn } from "./busArn.ts";
import { eventTextWithoutDetail, type BusEvent } from "./busEvent.ts";
import { fillInputTemplate, type InputTemplate, parseInputTemplate, RawJson } from "./inputTemplate.ts";
import { type JsonPath, parseJsonPath, valueAt } from "./jsonPath.ts";

/** An event on its way to targets, in the forms that they need. Each is made once. */
export interface MatchedEvent {
  readonly event: BusEvent;
  readonly text: string;
  readonly parsed: unknown;
  readonly ingestionTime: string;
}

export interface InputRule {
  readonly name: string;
  readonly arn: string;
}

/** No target takes more. Delivery refuses a message of a rule that is larger. */
export const MAX_TARGET_INPUT_BYTES = 2 * 1_048_576;

/** What a target gets of an event; of an input that would be too large, the part that is enough to be refused. */
export type TargetInput = (matched: MatchedEvent, rule: InputRule) => string;

/** Prepares a target's Input, InputPath or InputTransformer, which were checked when the target was put. */
export function targetInput({ Arn, Input, InputPath, InputTransformer }: RuleTarget): TargetInput {
  // From one bus to another an event stays what it is: otherwise a rule could claim another account or a service of AWS as its source.
  if (parseBusArn(Arn)) return ({ text }) => text;
  if (Input !== undefined) return () => Input;
  if (InputPath !== undefined) {
    const path = parseJsonPath(InputPath) ?? [];
    if (path.length === 0) return ({ text }) => text;
    return ({ parsed }) => JSON.stringify(valueAt(path, parsed)) ?? "null";
  }
  if (InputTransformer === undefined) return ({ text }) => text;
  const template = parseInputTemplate(InputTransformer.InputTemplate);
  const paths = new Map(
    Object.entries(InputTransformer.InputPathsMap ?? {}).map(([name, path]) => [name, parseJsonPath(path) ?? []]),
  );
  return (matched, rule) => transform(template, paths, matched, rule);
}

function transform(
  template: InputTemplate,
  paths: ReadonlyMap<string, JsonPath>,
  { event, text, parsed, ingestionTime }: MatchedEvent,
  rule: InputRule,
): string {
  const found = new Map<string, unknown>();
  const valueOf = (name: string): unknown => {
    switch (name) {
      case "aws.events.rule-arn":
        return rule.arn;
      case "aws.events.rule-name":
        return rule.name;
      case "aws.events.event.ingestion-time":
        return ingestionTime;
      case "aws.events.event":
        return new RawJson(eventTextWithoutDetail(event));
      case "aws.events.event.json":
        return new RawJson(text);
      default: {
        const path = paths.get(name);
        if (path && !found.has(name)) found.set(name, valueAt(path, parsed));
        return found.get(name);
      }
    }
  };
  return fillInputTemplate(template, valueOf, MAX_TARGET_INPUT_BYTES);
}
