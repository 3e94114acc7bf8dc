import type { Clock, Random } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { SqlBudget, SqlBudgetExceeded, type SqlMessage } from "@hearth/patterns";
import { type ActionMessage, IotActionFailed, type RuleAction } from "./actions/ruleAction.ts";
import { errorMessageOf, type RuleFailure } from "./ruleError.ts";
import { BASIC_INGEST, type Publication } from "./publication.ts";
import { senderOf } from "./ruleSender.ts";
import { sqlMessage } from "./sqlMessage.ts";
import type { TopicRule } from "./topicRule.ts";

export interface EvaluationDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Called for each action that cannot be carried out, with the rule. */
  readonly onFailure: (rule: TopicRule, failure: RuleFailure) => void;
}

/** A message that rules have republished so often is not republished again: rules that publish to each other's topics end here. */
const MAX_REPUBLISHED = 5;

/** What the rules of an account send about a message: one message for each action of each rule that it matches. */
export function evaluateRules(
  rules: readonly TopicRule[],
  publication: Publication,
  deps: EvaluationDeps,
): readonly OutgoingMessage[] {
  const ingest = basicIngest(publication.topic);
  if (ingest)
    return evaluate(
      rules.filter(({ key }) => key.ruleName === ingest.ruleName),
      { ...publication, topic: ingest.topic },
      deps,
    );
  const levels = publication.topic.split("/");
  const { filterIds } = publication;
  const matching = rules.filter(
    (rule) => rule.statement.filter?.matches(levels) && (filterIds?.includes(rule.filterId) ?? true),
  );
  return evaluate(matching, publication, deps);
}

/** `$aws/rules/<rule>/<topic>`: only that rule gets the message, whatever its FROM says, and no subscriber does. */
function basicIngest(topic: string): { readonly ruleName: string; readonly topic: string } | undefined {
  if (!topic.startsWith(BASIC_INGEST)) return undefined;
  const [ruleName = "", ...rest] = topic.slice(BASIC_INGEST.length).split("/");
  return { ruleName, topic: rest.join("/") };
}

function evaluate(
  matching: readonly TopicRule[],
  publication: Publication,
  deps: EvaluationDeps,
): readonly OutgoingMessage[] {
  if (matching.length === 0) return [];
  const budget = new SqlBudget();
  const message = sqlMessage(publication, deps);
  return matching.flatMap((rule) => {
    const own = { ...message, sqlVersion: rule.sqlVersion };
    return evaluateRule(rule, publication, own, budget, deps);
  });
}

function evaluateRule(
  rule: TopicRule,
  publication: Publication,
  message: SqlMessage,
  budget: SqlBudget,
  deps: EvaluationDeps,
): readonly OutgoingMessage[] {
  const failed = (failure: RuleFailure): readonly OutgoingMessage[] => {
    deps.onFailure(rule, failure);
    return rule.errorAction ? [errorMessageOf(rule, publication, failure, deps.random.uuid())] : [];
  };
  let body: Uint8Array | undefined;
  try {
    body = rule.statement.run(message, budget);
  } catch (error) {
    if (!(error instanceof SqlBudgetExceeded)) throw error;
    return failed({ failedAction: "SqlStatement", failedResource: rule.key.ruleName, errorMessage: error.message });
  }
  if (!body) return [];
  const selected = body;
  return rule.actions.flatMap((action) => {
    try {
      if (action.name === "RepublishAction" && publication.hops >= MAX_REPUBLISHED) {
        throw new IotActionFailed(`The message was passed on ${MAX_REPUBLISHED} times already`);
      }
      const made = action.message({ body: selected, message, budget }, rule.key);
      return [outgoing(rule, action, made, publication, deps.random.uuid())];
    } catch (error) {
      if (!(error instanceof IotActionFailed) && !(error instanceof SqlBudgetExceeded)) throw error;
      return failed({
        failedAction: action.name,
        failedResource: action.resource,
        errorMessage: error.message,
      });
    }
  });
}

/** With an error action, a message that is given up goes to the rule itself, which then carries out that action. */
function outgoing(
  rule: TopicRule,
  action: RuleAction,
  { TargetArn, body, attributes = {}, parameters }: ActionMessage,
  publication: Publication,
  id: string,
): OutgoingMessage {
  const { traceId, hops } = publication;
  const all = { ...parameters, ...(rule.errorAction && { iot: originOf(action, publication) }) };
  return {
    id,
    sender: senderOf(rule, action),
    purpose: "TopicRule",
    TargetArn,
    body,
    attributes,
    ...(traceId !== undefined && { traceId }),
    hops: hops + 1,
    ...(rule.errorAction && { deadLetterArn: rule.arn }),
    ...(Object.keys(all).length > 0 && { parameters: all }),
  };
}

/** What the error action needs to know of the message that an action was about. */
function originOf(
  { name, resource }: RuleAction,
  { topic, clientId, payload }: Publication,
): Readonly<Record<string, unknown>> {
  return {
    topic,
    ...(clientId !== undefined && { clientId }),
    failedAction: name,
    failedResource: resource,
    payload: Buffer.from(payload).toString("base64"),
  };
}
