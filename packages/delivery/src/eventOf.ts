import { type BusEvent, eventTime, readEvent } from "@hearth/buses";
import { functionArn, LATEST, type OutgoingMessage } from "@hearth/model";

/** The event that a message to a bus becomes; `undefined` when its body is no JSON object. */
export function eventOf(message: OutgoingMessage, nowMs: number): BusEvent | undefined {
  const { id, sender, purpose, TargetArn, body, parameters } = message;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  // From one bus to another the event stays what it is.
  if (purpose === "RuleTarget") return readEvent(text);
  if (!isObject(text)) return undefined;
  const common = { id, account: sender.accountId, region: sender.region, time: eventTime(nowMs), detail: text };
  if (sender.kind === "function") {
    const { accountId, region, FunctionName } = sender;
    const result = purpose === "OnSuccess" ? "Success" : "Failure";
    const arn = functionOf(text) ?? functionArn({ accountId, region, FunctionName, Qualifier: LATEST });
    return {
      ...common,
      source: "lambda",
      detailType: `Lambda Function Invocation Result - ${result}`,
      resources: [TargetArn, arn],
    };
  }
  const { Source = "aws.events", DetailType = "Event" } = (parameters ?? {}) as {
    readonly Source?: string;
    readonly DetailType?: string;
  };
  return { ...common, source: Source, detailType: DetailType, resources: [sender.sourceArn] };
}

/** The function, with its qualifier, in the record of an asynchronous invocation. */
function functionOf(record: string): string | undefined {
  const { requestContext } = JSON.parse(record) as { readonly requestContext?: { readonly functionArn?: unknown } };
  return typeof requestContext?.functionArn === "string" ? requestContext.functionArn : undefined;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
