import type { AccountRegion } from "./accountRegion.ts";

/**
 * ARNs, those of functions, and the ways AWS lets a caller name a function.
 * https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestSyntax
 */

/** A function as a caller names it: name, name:qualifier, partial ARN or whole ARN. */
export interface FunctionReference {
  readonly FunctionName: string;
  readonly partition?: string;
  readonly region?: string;
  /** 12 digits. */
  readonly accountId?: string;
  /** `$LATEST`, a version number or an alias. */
  readonly Qualifier?: string;
}

/** A region, in the notation of AWS's validation messages. */
export const REGION_PATTERN = "(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}";
const FUNCTION_PREFIX = `(arn:(aws[a-zA-Z-]*)?:lambda:)?(${REGION_PATTERN}:)?(\\d{12}:)?(function:)?`;

/** A function with or without qualifier, dots allowed, in the notation of AWS's validation messages. */
export const NAMESPACED_FUNCTION_NAME_PATTERN = `${FUNCTION_PREFIX}([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`;
export const FUNCTION_NAME_PATTERN = `${FUNCTION_PREFIX}([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`;
/** A function with or without alias, for function URLs. */
export const ALIASED_FUNCTION_NAME_PATTERN = `${FUNCTION_PREFIX}([a-zA-Z0-9-_]{1,64})(:((?!\\d+$)[0-9a-zA-Z-_]+))?`;
export const UNQUALIFIED_FUNCTION_NAME_PATTERN = `${FUNCTION_PREFIX}([a-zA-Z0-9-_]+)`;

const REFERENCE =
  /^(?:arn:(?<partition>aws[a-zA-Z-]*)?:lambda:)?(?:(?<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(?<accountId>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9-_.]+)(?::(?<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$/;

/** Parses a function reference; `undefined` when it is invalid. `formatFunctionReference` is its inverse. */
export function parseFunctionReference(text: string): FunctionReference | undefined {
  const groups = REFERENCE.exec(text)?.groups;
  if (!groups?.name) return undefined;
  return {
    FunctionName: groups.name,
    ...(groups.partition && { partition: groups.partition }),
    ...(groups.region && { region: groups.region }),
    ...(groups.accountId && { accountId: groups.accountId }),
    ...(groups.qualifier && { Qualifier: groups.qualifier }),
  };
}

export interface ArnParts extends AccountRegion {
  /** As in the ARN: `lambda`, `logs`, `iam` … */
  readonly service: string;
  /** What follows the account: `function:name`, `role/name` … */
  readonly resource: string;
}

/** `arn:aws:lambda:us-east-1:000000000000:layer:name`, in the partition of `region`. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export function arn({ service, region, accountId, resource }: ArnParts): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${resource}`;
}

export interface GlobalArnParts {
  readonly service: "iam" | "sts" | "s3";
  /** A region of the installation, which determines the partition. */
  readonly region: string;
  /** 12 digits, or `aws` for what AWS owns in every account. */
  readonly accountId: string;
  readonly resource: string;
}

/** `arn:aws:iam::000000000000:role/name`: the ARN of a resource that belongs to no region, in the partition of `region`. */
export function globalArn({ service, region, accountId, resource }: GlobalArnParts): string {
  return `arn:${partitionOf(region)}:${service}::${accountId}:${resource}`;
}

export interface FunctionArnParts extends AccountRegion {
  readonly FunctionName: string;
  readonly Qualifier?: string | undefined;
}

/** `arn:aws:lambda:us-east-1:000000000000:function:name[:qualifier]` */
export function functionArn({ region, accountId, FunctionName, Qualifier }: FunctionArnParts): string {
  const resource = Qualifier === undefined ? `function:${FunctionName}` : `function:${FunctionName}:${Qualifier}`;
  return arn({ service: "lambda", region, accountId, resource });
}

/** The partitions that regions can belong to here. */
export const PARTITIONS = ["aws", "aws-cn", "aws-us-gov", "aws-eusc"] as const;
export type Partition = (typeof PARTITIONS)[number];

/** The AWS partition a region belongs to. */
export function partitionOf(region: string): Partition {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  if (region.startsWith("eusc-")) return "aws-eusc";
  return "aws";
}

/** The shortest text that `parseFunctionReference` parses to the same reference. */
export function formatFunctionReference(reference: FunctionReference): string {
  const { partition, region, accountId, FunctionName, Qualifier } = reference;
  const whole = partition !== undefined;
  return [
    whole ? `arn:${partition}:lambda` : undefined,
    region,
    accountId,
    whole || accountId !== undefined || region !== undefined || needsPrefix(FunctionName) ? "function" : undefined,
    FunctionName,
    Qualifier,
  ]
    .filter((part) => part !== undefined)
    .join(":");
}

/** Whether a bare name would be parsed as an account id, a region or the word `function`. */
function needsPrefix(name: string): boolean {
  return name === "function" || /^\d{12}$/.test(name) || /^(eusc-)?[a-z]{2}(-gov|-iso[a-z]?)?-[a-z]+-\d$/.test(name);
}

export const LATEST = "$LATEST";

export function isVersionNumber(qualifier: string): boolean {
  return /^[0-9]+$/.test(qualifier);
}

/** A function's default log group; `LoggingConfig.LogGroup` can name another. */
export function logGroupName(FunctionName: string): string {
  return `/aws/lambda/${FunctionName}`;
}
