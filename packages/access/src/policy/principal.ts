import { InvalidPolicy, isObject, textsOf } from "./json.ts";

/** The caller, as the `Principal` element of a resource policy or a trust policy names it. */
export interface Who {
  /** Absent for a service. */
  readonly accountId?: string;
  /** Every ARN that means this caller: a session's own and its role's. */
  readonly arns: readonly string[];
  /** Such as `events.amazonaws.com`. */
  readonly service?: string;
}

/**
 * How a `Principal` element matches a caller: by naming it (`direct`), or only by naming its account. The account's own policies then decide
 * which of its users and roles may make the call.
 */
export type Meaning = "direct" | "account" | undefined;
export type PrincipalMatcher = (who: Who) => Meaning;

const LOGS = /^logs\.[a-z]{2}(?:-[a-z]+)+-\d\.(?=amazonaws\.com)/;
const ROOT = /^arn:aws[a-zA-Z-]*:iam::(\d{12}):root$/;

/** An account, a user, a role or a session of one. */
export function isAwsPrincipal(text: string): boolean {
  return /^\d{12}$/.test(text) || /^arn:aws[a-zA-Z-]*:(iam|sts)::\d{12}:\S+$/.test(text);
}

export function isServicePrincipal(text: string): boolean {
  return /^[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com|amazonaws\.com\.cn|amazon\.com)$/.test(text);
}

/** Throws InvalidPolicy. */
export function compilePrincipal(element: unknown): PrincipalMatcher {
  if (element === "*") return () => "direct";
  if (!isObject(element)) throw new InvalidPolicy("Invalid principal in policy.");
  const aws = textsOf(element["AWS"], "Principal");
  // Policies name CloudWatch Logs also by its region; the source's ARN says which region it is.
  const services = new Set(textsOf(element["Service"], "Principal").map((text) => text.replace(LOGS, "logs.")));
  const anyone = aws.includes("*");
  const accounts = new Set(aws.map((text) => ROOT.exec(text)?.[1] ?? text).filter((text) => /^\d{12}$/.test(text)));
  const arns = new Set(aws);
  return (who) => {
    // AWS documents that "AWS": "*" and "*" mean the same, everyone: queue policies name topics and rules this way, with a condition.
    if (who.service !== undefined) {
      return anyone || services.has(who.service) || services.has("*") ? "direct" : undefined;
    }
    if (anyone || who.arns.some((arn) => arns.has(arn))) return "direct";
    return who.accountId !== undefined && accounts.has(who.accountId) ? "account" : undefined;
  };
}
