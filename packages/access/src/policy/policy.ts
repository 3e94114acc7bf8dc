import { ArnPattern } from "./arnPattern.ts";
import { compileConditions } from "./conditions.ts";
import { InvalidPolicy, isObject, type Json, listOf, textsOf } from "./json.ts";
import { type Lookup, Pattern } from "./pattern.ts";
import { compilePrincipal, type Meaning, type PrincipalMatcher, type Who } from "./principal.ts";

/** A request that policies are evaluated for. */
export interface PolicyRequest {
  /** Such as `lambda:InvokeFunction`. */
  readonly action: string;
  /** The ARN of the one resource in every form that policies use; `*` for an action that has none. */
  readonly resources: readonly string[];
  readonly lookup: Lookup;
}

export interface Statement {
  readonly effect: "Allow" | "Deny";
  /** It has conditions: the result may differ for another request of the same caller, action and resource. */
  readonly conditional: boolean;
  /** Its resources have variables: it may apply to one request and not to another. */
  readonly variable: boolean;
  /** The condition keys that it uses, lower-case; those of variables in its values and resources too. */
  readonly keys: readonly string[];
  /** The same keys as they were written in the document. */
  readonly keyNames: readonly string[];
  /** Whether it applies to the action and the resource, before conditions are evaluated. */
  isAbout(request: PolicyRequest): boolean;
  holds(lookup: Lookup): boolean;
  /** For a policy of a resource. */
  means(who: Who): Meaning;
}

/** A compiled policy document. */
export type Policy = readonly Statement[];

/** Throws InvalidPolicy for anything except a document of the policy language. Does not check whether principals or resources are allowed in it. */
export function compilePolicy(document: string | Json): Policy {
  const policy: unknown = typeof document === "string" ? parse(document) : document;
  if (!isObject(policy)) throw new InvalidPolicy("Syntax errors in policy.");
  const version = policy["Version"];
  if (version !== undefined && version !== "2012-10-17" && version !== "2008-10-17") {
    throw new InvalidPolicy("Policy document must be version 2012-10-17 or greater.");
  }
  const variables = version === "2012-10-17";
  return listOf(policy["Statement"]).map((statement) => compileStatement(statement, variables));
}

function parse(document: string): unknown {
  try {
    return JSON.parse(document) as unknown;
  } catch (error) {
    throw new InvalidPolicy(`This policy contains invalid Json: ${(error as SyntaxError).message}`);
  }
}

function compileStatement(statement: unknown, variables: boolean): Statement {
  if (!isObject(statement)) throw new InvalidPolicy("Syntax errors in policy.");
  const effect = statement["Effect"];
  if (effect !== "Allow" && effect !== "Deny") throw new InvalidPolicy("Invalid effect: it is Allow or Deny.");
  const aboutAction = actionTest(statement);
  const aboutResource = resourceTest(statement, variables);
  const conditions = compileConditions(statement["Condition"], variables);
  return {
    effect,
    conditional: conditions.length > 0,
    variable: aboutResource.hasVariables,
    keys: [...conditions.map(({ key }) => key), ...(variables ? variablesIn(statement) : [])],
    keyNames: conditions.map(({ keyName }) => keyName),
    isAbout: (request) => aboutAction(request.action) && aboutResource.test(request),
    holds: (lookup) => conditions.every((condition) => condition.holds(lookup)),
    means: principalTest(statement),
  };
}

function variablesIn({ Resource, NotResource, Condition }: Json): readonly string[] {
  const text = JSON.stringify([Resource, NotResource, Condition]);
  return [...text.matchAll(/\$\{\s*([^,\s}]+)/g)].map(([, key = ""]) => key.toLowerCase());
}

function actionTest(statement: Json): (action: string) => boolean {
  const patterns = (name: string): readonly Pattern[] =>
    textsOf(statement[name], name).map((action) => new Pattern(action, { ignoreCase: true }));
  const nothing: Lookup = () => undefined;
  const included = patterns("Action");
  const excluded = patterns("NotAction");
  if (statement["NotAction"] === undefined) return (action) => included.some((it) => it.matches(action, nothing));
  return (action) => !excluded.some((pattern) => pattern.matches(action, nothing));
}

function resourceTest(
  statement: Json,
  variables: boolean,
): { readonly hasVariables: boolean; readonly test: (request: PolicyRequest) => boolean } {
  const isNot = statement["NotResource"] !== undefined;
  const texts = isNot ? textsOf(statement["NotResource"], "NotResource") : textsOf(statement["Resource"], "Resource");
  const patterns = texts.map((text) => new ArnPattern(text, variables));
  const hasVariables = patterns.some((pattern) => pattern.hasVariables);
  const matches = ({ resources, lookup }: PolicyRequest): boolean =>
    patterns.some((pattern) => resources.some((resource) => pattern.matches(resource, lookup)));
  // A trust policy has no resource: it is about the role that it belongs to.
  if (!isNot && texts.length === 0) return { hasVariables: false, test: () => true };
  return { hasVariables, test: isNot ? (request) => !matches(request) : matches };
}

function principalTest(statement: Json): PrincipalMatcher {
  if (statement["NotPrincipal"] !== undefined) {
    const excluded = compilePrincipal(statement["NotPrincipal"]);
    return (who) => (excluded(who) === undefined ? "direct" : undefined);
  }
  return statement["Principal"] === undefined ? () => undefined : compilePrincipal(statement["Principal"]);
}
