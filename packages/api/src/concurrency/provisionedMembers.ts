import { FunctionName, functionArn, InvalidParameterValueException, LATEST, text } from "@hearth/model";
import { awsTimestamp, type FunctionKey, type ProvisionedConcurrencyConfig } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";
import { targetOf } from "../functions/targetOf.ts";

/** What the operations on provisioned concurrency share: input members, the target and the answer. */

export const provisionedTarget = {
  FunctionName,
  Qualifier: text({ min: 1, max: 128, pattern: "(|[a-zA-Z0-9$_-]+)" }),
};

/** The version or alias to provision. Refuses `$LATEST` with the message `refusal`. */
export function provisionedTargetOf(
  input: { readonly FunctionName: string; readonly Qualifier: string },
  context: RequestContext,
  action: string,
  refusal = "The function resource provided must be an alias or a published version.",
): { readonly key: FunctionKey; readonly Qualifier: string } {
  const { key } = targetOf(input, context, action);
  if (input.Qualifier === LATEST) throw new InvalidParameterValueException(refusal);
  return { key, Qualifier: input.Qualifier };
}

export interface ProvisionedAnswer {
  readonly RequestedProvisionedConcurrentExecutions: number;
  readonly AvailableProvisionedConcurrentExecutions: number;
  readonly AllocatedProvisionedConcurrentExecutions: number;
  readonly Status: string;
  readonly StatusReason?: string;
  readonly LastModified: string;
}

/** Allocated equals available: Hearth counts environments when they are initialized. */
export function provisionedAnswer(config: ProvisionedConcurrencyConfig): ProvisionedAnswer {
  return {
    RequestedProvisionedConcurrentExecutions: config.requested,
    AvailableProvisionedConcurrentExecutions: config.available,
    AllocatedProvisionedConcurrentExecutions: config.available,
    Status: config.Status,
    ...(config.StatusReason !== undefined && { StatusReason: config.StatusReason }),
    LastModified: awsTimestamp(config.LastModified),
  };
}

export function provisionedListItem(
  config: ProvisionedConcurrencyConfig,
  key: FunctionKey,
): ProvisionedAnswer & { readonly FunctionArn: string } {
  return {
    FunctionArn: functionArn({ ...key, Qualifier: config.qualifier }),
    ...provisionedAnswer(config),
  };
}
