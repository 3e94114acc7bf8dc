import { ArnPattern } from "./arnPattern.ts";
import { InvalidPolicy, isObject, type Json, listOf } from "./json.ts";
import { compilePolicy } from "./policy.ts";
import { isAwsPrincipal, isServicePrincipal } from "./principal.ts";

/** The policy of a function, of one of its versions or aliases. */
export interface ResourcePolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: object | readonly object[];
}

const INVALID_PRINCIPAL = "The provided principal was invalid. Please check the principal and try again.";
const MEMBERS = new Set(["Version", "Id", "Statement"]);
const ELEMENTS = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

/**
 * Reads a whole policy document for the resource `arn`. The result can be evaluated and applies to no other resource. Throws InvalidPolicy.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function readResourcePolicy(text: string, arn: string): ResourcePolicyDocument {
  const policy = parse(text);
  if (!isObject(policy)) throw new InvalidPolicy("Syntax errors in policy.");
  refuseOthers(policy, MEMBERS);
  optionalText(policy, "Version");
  optionalText(policy, "Id");
  const statements = listOf(policy["Statement"]);
  if (statements.length === 0) throw new InvalidPolicy("Missing required field Statement.");
  const sids = statements.map((statement) => checkStatement(statement, arn)).filter((sid) => sid !== undefined);
  if (new Set(sids).size < sids.length) {
    throw new InvalidPolicy("Statement IDs (SID) in a single policy must be unique.");
  }
  compilePolicy(policy);
  // The parsed document is stored, not the text: of duplicate members the last one counts, and a number may be one that JSON cannot write.
  const kept: unknown = JSON.parse(JSON.stringify(policy));
  compilePolicy(kept as Json);
  return kept as ResourcePolicyDocument;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new InvalidPolicy("This policy contains invalid Json.");
  }
}

/** Returns its Sid. */
function checkStatement(statement: unknown, arn: string): string | undefined {
  if (!isObject(statement)) throw new InvalidPolicy("Syntax errors in policy.");
  refuseOthers(statement, ELEMENTS);
  const sid = optionalText(statement, "Sid");
  const { Effect } = statement;
  if (Effect === undefined) throw new InvalidPolicy("Missing required field Effect.");
  if (Effect !== "Allow" && Effect !== "Deny") throw new InvalidPolicy("Invalid effect: it is Allow or Deny.");
  for (const name of ["Principal", "Action", "Resource"]) oneOfTwo(statement, name);
  if (statement["NotPrincipal"] !== undefined && Effect === "Allow") {
    throw new InvalidPolicy("Allow with NotPrincipal is not allowed.");
  }
  checkPrincipal(statement["Principal"] ?? statement["NotPrincipal"]);
  for (const action of [...texts(statement, "Action"), ...texts(statement, "NotAction")]) {
    if (!/^(\*|lambda:[a-zA-Z*?]+)$/i.test(action)) throw new InvalidPolicy(`Policy has invalid action: ${action}`);
  }
  for (const resource of texts(statement, "Resource")) {
    if (!fits(resource, arn)) throw new InvalidPolicy(`Policy has invalid resource: ${resource}, which is not ${arn}`);
  }
  for (const resource of texts(statement, "NotResource")) {
    if (!/^(\*|arn:.+)$/s.test(resource)) throw new InvalidPolicy(`Policy has invalid resource: ${resource}`);
  }
  return sid;
}

function refuseOthers(object: Json, known: ReadonlySet<string>): void {
  if (!Object.keys(object).every((key) => known.has(key))) throw new InvalidPolicy("Syntax errors in policy.");
}

function optionalText(object: Json, name: string): string | undefined {
  const value = object[name];
  if (value !== undefined && typeof value !== "string") throw new InvalidPolicy(`Syntax error in policy: ${name}.`);
  return value;
}

function oneOfTwo(statement: Json, name: string): void {
  const given = [name, `Not${name}`].filter((element) => statement[element] !== undefined);
  if (given.length === 0) throw new InvalidPolicy(`Missing required field ${name}.`);
  if (given.length > 1) throw new InvalidPolicy(`A statement has ${name} or Not${name}, not both.`);
}

/** The texts of an element; none when it is absent, at least one when it is present. */
function texts(statement: Json, name: string): readonly string[] {
  const values = listOf(statement[name]);
  const all = values.filter((value) => typeof value === "string");
  if (all.length < values.length || (statement[name] !== undefined && all.length === 0)) {
    throw new InvalidPolicy(`Syntax error in policy: ${name} must be a string or a list of strings.`);
  }
  return all;
}

function checkPrincipal(principal: unknown): void {
  if (principal === "*") return;
  if (!isObject(principal) || Object.keys(principal).length === 0) throw new InvalidPolicy(INVALID_PRINCIPAL);
  for (const kind of Object.keys(principal)) {
    if (kind !== "AWS" && kind !== "Service") throw new InvalidPolicy(INVALID_PRINCIPAL);
    const isOne = kind === "AWS" ? isAwsPrincipal : isServicePrincipal;
    if (!texts(principal, kind).every((text) => text === "*" || isOne(text)))
      throw new InvalidPolicy(INVALID_PRINCIPAL);
  }
}

/** Whether `resource` can mean `arn`, or, for the policy of a whole function, one of its versions or aliases. */
function fits(resource: string, arn: string): boolean {
  const noVariables = (): undefined => undefined;
  if (new ArnPattern(resource).matches(arn, noVariables)) return true;
  const isQualified = arn.split(":").length > 7;
  const ofWhole = resource.slice(0, Math.max(0, resource.lastIndexOf(":")));
  return !isQualified && ofWhole !== "" && new ArnPattern(ofWhole).matches(arn, noVariables);
}
