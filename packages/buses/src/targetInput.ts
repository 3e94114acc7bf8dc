import type { RuleTarget } from "@hearth/store";
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

/** What a target gets of an event. */
export type TargetInput = (matched: MatchedEvent, rule: InputRule) => string;

/** Prepares a target's Input, InputPath or InputTransformer, which were checked when the target was put. */
export function targetInput({ Input, InputPath, InputTransformer }: RuleTarget): TargetInput {
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
  return fillInputTemplate(template, (name) => {
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
        return path && valueAt(path, parsed);
      }
    }
  });
}
