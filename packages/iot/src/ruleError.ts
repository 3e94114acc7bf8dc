import type { Clock, Random } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { SqlBudget } from "@hearth/patterns";
import { parseIotArn } from "./iotArn.ts";
import type { Publication } from "./publication.ts";
import { PRINCIPAL, senderOf } from "./ruleSender.ts";
import { sqlMessage } from "./sqlMessage.ts";
import type { TopicRule } from "./topicRule.ts";
import type { TopicRules } from "./topicRules.ts";

/** As AWS tells error actions. https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html */
export interface RuleFailure {
  readonly failedAction: string;
  readonly failedResource: string;
  readonly errorMessage: string;
}

/** What `parameters.iot` of a message to a rule's error action has. */
interface Origin extends RuleFailure {
  readonly topic: string;
  readonly clientId?: string;
  /** Base64. */
  readonly payload: string;
}

/** The message that makes a rule carry out its error action. It goes through the outbox, as one whose delivery was given up does. */
export function errorMessageOf(
  rule: TopicRule,
  publication: Publication,
  failure: RuleFailure,
  id: string,
): OutgoingMessage {
  const { accountId, region } = rule.key;
  const { topic, clientId, payload, traceId, hops } = publication;
  const origin: Origin = {
    topic,
    ...(clientId !== undefined && { clientId }),
    payload: Buffer.from(payload).toString("base64"),
    ...failure,
  };
  return {
    id,
    sender: { kind: "service", accountId, region, principal: PRINCIPAL, sourceArn: rule.arn },
    purpose: "DeadLetter",
    TargetArn: rule.arn,
    body: new Uint8Array(),
    attributes: {},
    ...(traceId !== undefined && { traceId }),
    hops: hops + 1,
    parameters: { iot: origin },
  };
}

/** What the error action of a rule sends; `undefined` when the rule is gone, or has no error action any more. */
export async function errorActionMessage(
  letter: OutgoingMessage,
  {
    rules,
    clock,
    random,
  }: { readonly rules: Pick<TopicRules, "find">; readonly clock: Clock; readonly random: Random },
): Promise<OutgoingMessage | undefined> {
  const named = parseIotArn(letter.TargetArn, "rule");
  const origin = letter.parameters?.["iot"] as Origin | undefined;
  const rule = named && (await rules.find(named, named.name));
  const action = rule?.errorAction;
  if (!rule || !action || !origin) return undefined;
  const { topic, clientId, payload, failedAction, failedResource, errorMessage } = origin;
  const traceId = random.uuid();
  const body = Buffer.from(
    JSON.stringify({
      ruleName: rule.key.ruleName,
      topic,
      cloudwatchTraceId: traceId,
      clientId: clientId ?? "N/A",
      base64OriginalPayload: payload,
      failures: [{ failedAction, failedResource, errorMessage }],
    }),
  );
  const original: Publication = {
    ...rule.key,
    topic,
    payload: Buffer.from(payload, "base64"),
    qos: 0,
    retain: false,
    clientId,
    hops: letter.hops,
  };
  const message = { ...sqlMessage(original, { clock, random }), traceId, sqlVersion: rule.sqlVersion };
  const made = action.message({ body, message, budget: new SqlBudget() }, rule.key);
  return {
    id: random.uuid(),
    sender: senderOf(rule, action),
    purpose: "TopicRule",
    attributes: {},
    ...made,
    ...(letter.traceId !== undefined && { traceId: letter.traceId }),
    hops: letter.hops + 1,
  };
}
