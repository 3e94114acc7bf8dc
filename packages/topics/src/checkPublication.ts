import type { AwsError } from "@hearth/model";
import { InvalidParameterException, InvalidParameterValueException, invalidParameter } from "./errors.ts";
import { MAX_PUBLICATION_BYTES, type Publication, publicationBytes, type PublishedAttributes } from "./publication.ts";
import { textsByProtocol } from "./textsByProtocol.ts";
import type { Topic } from "./topic.ts";

const TOKEN = /^[!-~]{1,128}$/;
const ATTRIBUTE_NAME = /^(?!(?:aws|amazon)\.)(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/i;
const CONTROL = /\p{Cc}/u;

/** Why the topic does not take the message; `undefined` when it takes it. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
export function refusalOfPublication(topic: Topic, publication: Publication): AwsError | undefined {
  const { message, subject, structure, attributes = {}, groupId, deduplicationId } = publication;
  if (message === "") return new InvalidParameterException("Invalid parameter: Empty message");
  if (message.includes("\0") || !message.isWellFormed()) return invalidParameter("Message");
  if (publicationBytes(publication) > MAX_PUBLICATION_BYTES) return invalidParameter("Message too long");
  if (
    subject !== undefined &&
    (subject.length < 1 || subject.length > 100 || CONTROL.test(subject) || !subject.isWellFormed())
  ) {
    return invalidParameter("Subject");
  }
  const ofStructure = refusalOfStructure(structure, message);
  if (ofStructure) return ofStructure;
  const ofAttributes = refusalOfAttributes(attributes);
  if (ofAttributes) return ofAttributes;
  if (groupId !== undefined && !TOKEN.test(groupId)) return badToken("MessageGroupId");
  if (deduplicationId !== undefined && !TOKEN.test(deduplicationId)) return badToken("MessageDeduplicationId");
  return topic.isFifo ? refusalOfFifo(topic, publication) : refusalOfStandard(publication);
}

function refusalOfStructure(structure: string | undefined, message: string): AwsError | undefined {
  if (structure === undefined) return undefined;
  if (structure !== "json") return invalidParameter("MessageStructure");
  const texts = textsByProtocol(message);
  if (!texts)
    return new InvalidParameterException("Invalid parameter: Message Structure - JSON message body failed to parse");
  if (texts["default"] !== undefined) return undefined;
  return new InvalidParameterException("Invalid parameter: Message Structure - No default entry in JSON message body");
}

function refusalOfFifo(topic: Topic, { groupId, deduplicationId }: Publication): AwsError | undefined {
  if (groupId === undefined) {
    return new InvalidParameterException("Invalid parameter: The MessageGroupId parameter is required for FIFO topics");
  }
  if (deduplicationId === undefined && !topic.isContentBased) {
    return new InvalidParameterException(
      "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    );
  }
  return undefined;
}

/** Standard topics take message groups and pass them on to queues. */
function refusalOfStandard({ deduplicationId }: Publication): AwsError | undefined {
  if (deduplicationId === undefined) return undefined;
  return invalidParameter(
    "MessageDeduplicationId",
    "The request includes MessageDeduplicationId parameter that is not valid for this topic type",
  );
}

function badToken(parameter: string): AwsError {
  return invalidParameter(
    parameter,
    `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

function refusalOfAttributes(attributes: PublishedAttributes): AwsError | undefined {
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    if (!ATTRIBUTE_NAME.test(name)) {
      return new InvalidParameterValueException(`The message attribute name '${name}' is invalid.`);
    }
    const [, kind] = /^(String|Number|Binary)(?:\..{1,240})?$/.exec(DataType) ?? [];
    if (kind === undefined) {
      return new InvalidParameterValueException(
        `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
      );
    }
    const [wanted, field, other] =
      kind === "Binary" ? [BinaryValue, "Binary", StringValue] : [StringValue, "String", BinaryValue];
    if (other !== undefined && wanted === undefined) {
      return new InvalidParameterValueException(
        `The message attribute '${name}' with type '${DataType}' must use field '${field}'.`,
      );
    }
    if (wanted === undefined || wanted === "") {
      return new InvalidParameterValueException(
        `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${DataType}'.`,
      );
    }
    const ofValue = refusalOfValue(name, DataType, wanted);
    if (ofValue) return ofValue;
  }
  return undefined;
}

function refusalOfValue(name: string, DataType: string, value: string): AwsError | undefined {
  if (DataType.startsWith("Number") && !isNumber(value)) {
    return new InvalidParameterValueException(`Could not cast message attribute '${name}' value to number.`);
  }
  if (DataType === "String.Array" && !isArray(value)) {
    return new InvalidParameterValueException(
      `The message attribute '${name}' with type 'String.Array' must be a JSON array.`,
    );
  }
  if (value.includes("\0") || !value.isWellFormed()) {
    return new InvalidParameterValueException(`The message attribute '${name}' has invalid characters.`);
  }
  return undefined;
}

/** Each digit matches in one way only: with several, a long text that is no number would take minutes. */
function isNumber(text: string): boolean {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text.trim());
}

function isArray(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}
