import type { Lookup } from "./policy/pattern.ts";

/** A service that does something for a resource of an account. */
export interface CallingService {
  /** Such as `sns.amazonaws.com`. */
  readonly principal: string;
  readonly sourceArn: string;
  /** The owner of the resource. */
  readonly accountId: string;
}

/** Values of the condition keys that a call of a service has. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
export function sourceKeys({ principal, sourceArn, accountId }: CallingService): Lookup {
  const values: Readonly<Record<string, string>> = {
    "aws:sourcearn": sourceArn,
    "aws:sourceaccount": accountId,
    "aws:sourceowner": accountId,
    "aws:principalisawsservice": "true",
    "aws:principalservicename": principal,
    "aws:securetransport": "true",
  };
  return (key) => {
    const value = values[key];
    return value === undefined ? undefined : [value];
  };
}
