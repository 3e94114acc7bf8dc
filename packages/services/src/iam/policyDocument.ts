import { compilePolicy, InvalidPolicy } from "@hearth/access";
import { LimitExceeded, MalformedPolicyDocument } from "./errors.ts";

type Json = Readonly<Record<string, unknown>>;

/** Checks the document that says who may assume a role. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
export function checkTrustPolicy(document: string): void {
  for (const statement of statementsOf(document)) {
    require(statement, ["Principal", "NotPrincipal"], "Missing required field Principal");
    require(statement, ["Action", "NotAction"], "Missing required field Action");
    if ("Resource" in statement || "NotResource" in statement)
      throw new MalformedPolicyDocument("Has prohibited field Resource");
    const actions = listOf(statement["Action"]);
    if (!actions.every((action) => typeof action === "string" && /^(\*|sts:.+)$/i.test(action))) {
      throw new MalformedPolicyDocument("AssumeRole policy may only specify STS AssumeRole actions.");
    }
  }
  checkMeaning(document);
  checkSize(document, 2048, "ACLSizePerRole");
}

/** Checks the document of an inline or a managed policy. */
export function checkIdentityPolicy(document: string): void {
  for (const statement of statementsOf(document)) {
    if ("Principal" in statement || "NotPrincipal" in statement) {
      throw new MalformedPolicyDocument("Policy document should not specify a principal.");
    }
    require(statement, ["Action", "NotAction"], "Policy statement must contain actions.");
    require(statement, ["Resource", "NotResource"], "Policy statement must contain resources.");
    for (const action of [...listOf(statement["Action"]), ...listOf(statement["NotAction"])]) {
      if (typeof action !== "string" || !/^(\*|[A-Za-z0-9-]+:.+)$/.test(action)) {
        throw new MalformedPolicyDocument("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
      }
    }
    for (const resource of [...listOf(statement["Resource"]), ...listOf(statement["NotResource"])]) {
      if (typeof resource !== "string" || !/^(\*|arn:.+)$/.test(resource)) {
        const shown = typeof resource === "string" ? resource : "of another type";
        throw new MalformedPolicyDocument(`Resource ${shown} must be in ARN format or "*".`);
      }
    }
  }
  checkMeaning(document);
}

/** Throws MalformedPolicyDocument unless conditions, principals and the rest can be evaluated. */
function checkMeaning(document: string): void {
  try {
    compilePolicy(document);
  } catch (error) {
    if (!(error instanceof InvalidPolicy)) throw error;
    throw new MalformedPolicyDocument(error.message);
  }
}

/** Throws LimitExceeded for a document that is too large; white space does not count. */
export function checkSize(document: string, max: number, quota: string): void {
  if (document.replace(/\s/g, "").length > max) throw new LimitExceeded(`Cannot exceed quota for ${quota}: ${max}`);
}

function statementsOf(document: string): readonly Json[] {
  let policy: unknown;
  try {
    policy = JSON.parse(document);
  } catch (error) {
    throw new MalformedPolicyDocument(`This policy contains invalid Json: ${(error as SyntaxError).message}`);
  }
  if (!isObject(policy)) throw new MalformedPolicyDocument("Syntax errors in policy.");
  const version = policy["Version"];
  if (version !== undefined && version !== "2012-10-17" && version !== "2008-10-17") {
    throw new MalformedPolicyDocument("Policy document must be version 2012-10-17 or greater.");
  }
  const statements = listOf(policy["Statement"]);
  if (statements.length === 0) throw new MalformedPolicyDocument("Missing required field Statement");
  const checked = statements.map((statement) => {
    if (!isObject(statement)) throw new MalformedPolicyDocument("Syntax errors in policy.");
    const effect = statement["Effect"];
    if (effect === undefined) throw new MalformedPolicyDocument("Missing required field Effect");
    if (effect !== "Allow" && effect !== "Deny")
      throw new MalformedPolicyDocument(`Invalid effect: ${typeof effect === "string" ? effect : "not a string"}`);
    return statement;
  });
  checkSids(checked);
  return checked;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html */
function checkSids(statements: readonly Json[]): void {
  const sids = statements.map(({ Sid }) => Sid).filter((sid) => sid !== undefined && sid !== "");
  if (!sids.every((sid) => typeof sid === "string" && /^[0-9A-Za-z]*$/.test(sid))) {
    throw new MalformedPolicyDocument(
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
    );
  }
  if (new Set(sids).size < sids.length) {
    throw new MalformedPolicyDocument("Statement IDs (SID) in a single policy must be unique.");
  }
}

function require(statement: Json, names: readonly string[], message: string): void {
  if (!names.some((name) => listOf(statement[name]).length > 0)) throw new MalformedPolicyDocument(message);
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
