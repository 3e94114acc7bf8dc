import { InvalidParameterValueException } from "./errors.ts";

const MAX_TAGS = 50;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Throws AWS's error for tags that a queue cannot have. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS) {
    throw new InvalidParameterValueException(`Too many tags added for queue. Only ${MAX_TAGS} tags are allowed.`);
  }
  for (const [key, value] of entries) {
    if (key.length < 1 || key.length > 128 || !ALLOWED.test(key)) {
      throw new InvalidParameterValueException(`Tag keys must be between 1 and 128 characters in length: ${key}`);
    }
    if (value.length > 256 || !ALLOWED.test(value)) {
      throw new InvalidParameterValueException(`Tag values must be between 0 and 256 characters in length: ${value}`);
    }
  }
}
