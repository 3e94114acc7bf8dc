import type { Publication, PublishedAttribute } from "@hearth/topics";
import type { RequestContext } from "@hearth/wire";
import { InvalidParameterException } from "./errors.ts";

interface AttributeInput {
  readonly DataType?: string | undefined;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}

export interface PublicationInput {
  readonly Message?: string | undefined;
  readonly Subject?: string | undefined;
  readonly MessageStructure?: string | undefined;
  readonly MessageAttributes?: Readonly<Record<string, AttributeInput>> | undefined;
  readonly MessageDeduplicationId?: string | undefined;
  readonly MessageGroupId?: string | undefined;
}

const TRACE = /^Root=[!-~]{1,500}$/;

/** The publication of a request. The trace header of a function that publishes goes on with it, so that loops of functions are noticed. */
export function publicationFrom(input: PublicationInput, { headers }: Pick<RequestContext, "headers">): Publication {
  const { Message, Subject, MessageStructure, MessageDeduplicationId, MessageGroupId } = input;
  if (Message === undefined)
    throw new InvalidParameterException("Invalid parameter: Message Reason: no value for required parameter");
  const trace = headers["x-amzn-trace-id"];
  return {
    message: Message,
    ...(Subject !== undefined && { subject: Subject }),
    ...(MessageStructure && { structure: MessageStructure }),
    attributes: attributesFrom(input.MessageAttributes),
    ...(MessageGroupId !== undefined && { groupId: MessageGroupId }),
    ...(MessageDeduplicationId !== undefined && { deduplicationId: MessageDeduplicationId }),
    ...(typeof trace === "string" && TRACE.test(trace) && { traceId: trace }),
  };
}

function attributesFrom(given: PublicationInput["MessageAttributes"] = {}): Record<string, PublishedAttribute> {
  return Object.fromEntries(
    Object.entries(given).map(([name, { DataType = "", StringValue, BinaryValue }]): [string, PublishedAttribute] => [
      name,
      {
        DataType,
        ...(StringValue !== undefined && { StringValue }),
        ...(BinaryValue !== undefined && { BinaryValue: Buffer.from(BinaryValue).toString("base64") }),
      },
    ]),
  );
}
