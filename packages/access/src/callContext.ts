import type { Clock } from "@hearth/kit";
import { globalArn } from "@hearth/model";
import type { Call } from "@hearth/wire";
import type { Identity } from "./identities.ts";
import type { Lookup } from "./policy/pattern.ts";
import type { Question } from "./question.ts";
import { requestTags } from "./requestTags.ts";

/** The start of a key that asks for a tag of the resource. */
export const RESOURCE_TAG = "aws:resourcetag/";

export interface CallContext {
  readonly call: Call;
  readonly question: Question;
  readonly identity: Identity | undefined;
  readonly resourceTags: Readonly<Record<string, string>> | undefined;
  /** Of the service that the call is made to. */
  readonly resourceKeys?: Lookup | undefined;
  readonly clock: Clock;
}

/**
 * The values of condition keys for one call. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function lookupOf(context: CallContext): Lookup {
  return (key) =>
    context.question.keys?.(key) ?? context.resourceKeys?.(key) ?? tagKey(key, context) ?? globalKey(key, context);
}

function tagKey(key: string, { call, identity, resourceTags }: CallContext): readonly string[] | undefined {
  if (key === "aws:tagkeys") {
    const { TagKeys } = call.input as { TagKeys?: readonly string[] };
    const tags = requestTags(call.input as Record<string, unknown>);
    return TagKeys ?? (tags && Object.keys(tags));
  }
  const slash = key.indexOf("/");
  if (slash < 0) return undefined;
  const name = key.slice(slash + 1);
  switch (key.slice(0, slash)) {
    case "aws:requesttag":
      return valueOf(requestTags(call.input as Record<string, unknown>), name);
    case "aws:resourcetag":
      return valueOf(resourceTags, name);
    case "aws:principaltag":
      return valueOf(identity?.Tags, name);
    default:
      return undefined;
  }
}

/** The value of `aws:ResourceTag/…` for a resource with these tags. */
export function resourceTagKey(
  key: string,
  tags: Readonly<Record<string, string>> | undefined,
): readonly string[] | undefined {
  return key.startsWith(RESOURCE_TAG) ? valueOf(tags, key.slice(RESOURCE_TAG.length)) : undefined;
}

/** The values of the keys about the time of a call. */
export function timeKey(key: string, clock: Clock): readonly string[] | undefined {
  if (key === "aws:currenttime") return [new Date(clock.now()).toISOString()];
  return key === "aws:epochtime" ? [String(Math.floor(clock.now() / 1000))] : undefined;
}

/** Tag keys in condition keys are not case-sensitive. */
function valueOf(tags: Readonly<Record<string, string>> | undefined, name: string): readonly string[] | undefined {
  const found = Object.entries(tags ?? {}).find(([key]) => key.toLowerCase() === name);
  return found && [found[1]];
}

const PRINCIPAL_TYPES = { root: "Account", user: "User", role: "AssumedRole", anonymous: "Anonymous" } as const;

function globalKey(key: string, { call, question, identity, clock }: CallContext): readonly string[] | undefined {
  const { caller, origin } = call;
  const { principal } = caller;
  switch (key) {
    case "aws:principalarn":
      return [principalArn(call, identity)];
    case "aws:principalaccount":
      return [caller.accountId];
    case "aws:principaltype":
      return [PRINCIPAL_TYPES[principal.kind]];
    case "aws:principalisawsservice":
    case "aws:viaawsservice":
      return ["false"];
    case "aws:userid":
      return [caller.userId];
    case "aws:username":
      return principal.kind === "user" ? [principal.UserName] : undefined;
    case "aws:tokenissuetime":
      return caller.tokenIssuedAt === undefined ? undefined : [new Date(caller.tokenIssuedAt).toISOString()];
    case "aws:multifactorauthpresent":
      // As on AWS: absent for long-term keys. No session is made with MFA, so aws:MultiFactorAuthAge is always absent.
      return caller.tokenIssuedAt === undefined ? undefined : ["false"];
    case "aws:resourceaccount":
      return [question.accountId];
    case "aws:requestedregion":
      return [call.region];
    case "aws:securetransport":
      return [String(origin.secureTransport)];
    case "aws:sourceip":
      return origin.sourceIp === undefined ? undefined : [origin.sourceIp];
    case "aws:useragent":
      return origin.userAgent === undefined ? undefined : [origin.userAgent];
    default:
      return timeKey(key, clock);
  }
}

/** Of a session, its role. */
export function principalArn(
  { caller, region }: Pick<Call, "caller" | "region">,
  identity: Identity | undefined,
): string {
  const { principal, accountId, arn } = caller;
  if (principal.kind !== "role") return arn;
  return globalArn({
    service: "iam",
    region,
    accountId,
    resource: `role${identity?.Path ?? "/"}${principal.RoleName}`,
  });
}
