import { InvalidPolicy, readResourcePolicy } from "@hearth/access";
import {
  functionArn,
  InvalidParameterValueException,
  LATEST,
  REGION_PATTERN,
  ResourceNotFoundException,
  text,
} from "@hearth/model";
import type { PolicyDocument } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";
import { type Target, targetOf } from "../functions/targetOf.ts";

/** The ARN of a function, version or alias. Hearth has no custom runtimes (`runtime/`), so that none is found. */
export const PolicyResourceArn = text({
  max: 256,
  pattern: `arn:(aws[a-zA-Z-]*)?:lambda:${REGION_PATTERN}:\\d{12}:(runtime/|function:)[a-zA-Z0-9-_]+(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_])+)?`,
});
export const PolicyText = text({ min: 1, max: 20_480, pattern: "[\\s\\S]+" });
export const PolicyRevisionId = text({
  min: 36,
  max: 36,
  pattern: "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
});

export function policyTargetOf(ResourceArn: string, context: RequestContext, action: string): Target {
  if (ResourceArn.includes(":runtime/"))
    throw new ResourceNotFoundException("The resource you requested does not exist.");
  return targetOf({ FunctionName: ResourceArn }, context, action);
}

export function refuseLatest({ Qualifier }: Target): void {
  if (Qualifier === LATEST) {
    throw new InvalidParameterValueException("We currently do not support adding policies for $LATEST.");
  }
}

/** Parses a policy. Throws InvalidParameterValueException when it is not a policy for this resource. */
export function policyOf(document: string, { key, Qualifier }: Target): PolicyDocument {
  try {
    return readResourcePolicy(document, functionArn({ ...key, Qualifier }));
  } catch (error) {
    if (!(error instanceof InvalidPolicy)) throw error;
    throw new InvalidParameterValueException(error.message);
  }
}
