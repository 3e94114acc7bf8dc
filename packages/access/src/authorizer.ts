import type { Clock } from "@hearth/kit";
import { AccessDeniedException, type Caller, partitionOf } from "@hearth/model";
import type { Authorize, Call } from "@hearth/wire";
import { lookupOf, principalArn, RESOURCE_TAG } from "./callContext.ts";
import type { Identities, Identity } from "./identities.ts";
import { evaluateIdentity, evaluateResource, type Verdict } from "./policy/evaluate.ts";
import type { Json } from "./policy/json.ts";
import { compilePolicy, type Policy, type PolicyRequest } from "./policy/policy.ts";
import type { Who } from "./policy/principal.ts";
import { iamQuestions } from "./questions/iam.ts";
import { lambdaQuestions, policyTarget } from "./questions/lambda.ts";
import { logsQuestions } from "./questions/logs.ts";
import type { FunctionTarget, Input, Question } from "./questions/question.ts";
import { stsQuestions } from "./questions/sts.ts";

/** A document of the policy language, as it was stored. The same object is the same policy. */
type Document = object;
type Documents = readonly Document[];

export interface AuthorizerDeps {
  readonly identities: Pick<Identities, "find" | "of">;
  /**
   * The policies that have a say about a function, or one of its versions or aliases: its own and the function's. At once where they are in memory,
   * as they are of a function that has been invoked.
   */
  readonly resourcePolicies: (
    accountId: string,
    target: FunctionTarget,
    isInvoked: boolean,
  ) => Documents | Promise<Documents>;
  readonly functionTags: (accountId: string, FunctionName: string) => Promise<Readonly<Record<string, string>>>;
  readonly region: string;
  readonly clock: Clock;
}

/** What a caller may do besides what is asked each time: decisions that nothing but its policies had a part in. */
interface Remembered {
  readonly identity: Identity;
  readonly allowed: Map<string, FunctionTarget>;
}

const MAX_REMEMBERED = 1024;

/**
 * Decides what callers may do. An account's root may do everything in its account; of users and sessions their policies decide; of strangers
 * both their own policies and the resource's, and nobody may what the resource's policy denies.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * A root's call in its own account and a decision that is remembered ask nobody but the function's policy, which is in memory.
 */
export class Authorizer {
  readonly #deps: AuthorizerDeps;
  readonly #remembered = new WeakMap<Caller, Remembered>();
  readonly #sessionPolicies = new WeakMap<Caller, Policy>();
  readonly #resourcePolicies = new WeakMap<Document, Policy>();

  constructor(deps: AuthorizerDeps) {
    this.#deps = deps;
  }

  readonly authorize: Authorize = (call) => {
    const { service, caller } = call;
    const isRoot = caller.principal.kind === "root";
    if (isRoot && namesOwnFunction(call)) return this.#unlessDenied(call, targetOf(call));
    const remembered = service === "lambda" ? this.#remembers(call) : undefined;
    if (remembered) return this.#unlessDenied(call, remembered);
    if (service === "iam") return isRoot ? caller.accountId : this.#iam(call);
    const questions = this.#questionsOf(call);
    const [first] = questions;
    if (!first) return caller.accountId;
    if (isRoot && first.accountId === caller.accountId && first.RoleName === undefined) {
      return this.#unlessDenied(call, first.asksResource ? first.target : undefined);
    }
    return this.#decideAll(call, questions);
  };

  /** For what is allowed in the caller's own account: only a denial of the function's policy stands in its way. */
  #unlessDenied(call: Call, target: FunctionTarget | undefined): string | Promise<string> {
    const { accountId } = call.caller;
    if (!target) return accountId;
    const documents = this.#deps.resourcePolicies(accountId, target, isInvocation(call));
    if (documents instanceof Promise) return documents.then((found) => this.#unlessOneDenies(call, found));
    return this.#unlessOneDenies(call, documents);
  }

  #unlessOneDenies(call: Call, documents: Documents): string | Promise<string> {
    const mayDeny = documents.some((document) => this.#compiled(document).some(({ effect }) => effect === "Deny"));
    return mayDeny ? this.#decideAll(call, this.#questionsOf(call)) : call.caller.accountId;
  }

  #questionsOf({ service, operation, input, caller: { accountId } }: Call): Question[] {
    const { region } = this.#deps;
    switch (service) {
      case "lambda":
        return lambdaQuestions(operation, input as Input, accountId, region);
      case "logs":
        return logsQuestions(operation, input as Input, accountId, region);
      case "sts":
        return stsQuestions(operation, input as Input, accountId);
      default:
        return [{ action: `${service}:${operation}`, resources: ["*"], accountId }];
    }
  }

  async #iam(call: Call): Promise<string> {
    const { operation, input, caller } = call;
    const { accountId, principal } = caller;
    const pathOf = async (kind: "user" | "role", name: string): Promise<string | undefined> =>
      (await this.#deps.identities.find(kind, accountId, name))?.Path;
    const user = principal.kind === "user" ? principal : undefined;
    return await this.#decideAll(call, await iamQuestions(operation, input as Input, accountId, user, pathOf));
  }

  /** What a call that is allowed is about, if that was decided before and still holds. */
  #remembers(call: Call): FunctionTarget | undefined {
    const { caller } = call;
    const known = this.#remembered.get(caller);
    if (!known) return undefined;
    const key = warmKey(call);
    const target = key === undefined ? undefined : known.allowed.get(key);
    if (!target || this.#deps.identities.of(caller.accountId, caller.principal) !== known.identity) return undefined;
    return target;
  }

  #remember(call: Call, identity: Identity): void {
    const key = warmKey(call);
    const target = targetOf(call);
    if (key === undefined || !target) return;
    let known = this.#remembered.get(call.caller);
    if (known?.identity !== identity || known.allowed.size >= MAX_REMEMBERED) {
      known = { identity, allowed: new Map() };
      this.#remembered.set(call.caller, known);
    }
    known.allowed.set(key, target);
  }

  async #decideAll(call: Call, questions: readonly Question[]): Promise<string> {
    const { caller } = call;
    const found = this.#deps.identities.of(caller.accountId, caller.principal);
    const identity = found instanceof Promise ? await found : found;
    for (const question of questions) {
      if (question.RoleName === undefined) await this.#decide(call, question, identity);
      else await this.#decideTrust(call, question, question.RoleName, identity);
    }
    return questions[0]?.accountId ?? caller.accountId;
  }

  /** Rejects with AccessDeniedException unless the call is allowed to do this. */
  async #decide(call: Call, question: Question, identity: Identity | undefined): Promise<void> {
    const { caller } = call;
    const policies = await this.#policiesOf(call, question);
    const request = await this.#requestOf(call, question, identity, policies);
    const own = this.#ownVerdict(caller, identity, request);
    if (own.effect === "deny") throw denied(caller, question, own.because);
    const resource = evaluateResource(policies, whoIs(call, identity), request);
    if (resource.effect === "deny") throw denied(caller, question, "with an explicit deny in a resource-based policy");
    const isStranger = question.accountId !== caller.accountId;
    if (own.effect === "allow" && !isStranger) {
      if (!own.conditional && identity) this.#remember(call, identity);
      return;
    }
    if (resource.effect === "allow") {
      if (isStranger ? own.effect === "allow" : resource.by === "direct") return;
    } else if (own.effect === "allow") throw denied(caller, question, noneAllows("resource-based", question));
    throw denied(caller, question, own.because);
  }

  /** A role is assumed only by whom its trust policy lets in; who is meant by their account alone needs their own policies too. */
  async #decideTrust(call: Call, question: Question, RoleName: string, identity: Identity | undefined): Promise<void> {
    const { caller } = call;
    const request = await this.#requestOf(call, question, identity, []);
    const [RoleArn] = question.resources;
    const refused = new AccessDeniedException(
      `User: ${caller.arn} is not authorized to perform: ${question.action} on resource: ${RoleArn}`,
    );
    const role = await this.#deps.identities.find("role", question.accountId, RoleName);
    if (!role?.trust || !RoleArn.endsWith(`:role${role.Path}${RoleName}`)) throw refused;
    const own = this.#ownVerdict(caller, identity, request);
    const trust = evaluateResource([role.trust], whoIs(call, identity), request);
    if (own.effect === "deny" || trust.effect !== "allow") throw refused;
    const needsOwn = trust.by === "account" || question.accountId !== caller.accountId;
    if (needsOwn && own.effect !== "allow") throw refused;
  }

  /** What the caller's own policies say: its identity's, within its boundary and its session's policy. */
  #ownVerdict(
    caller: Caller,
    identity: Identity | undefined,
    request: PolicyRequest,
  ): Verdict & { readonly because: string } {
    const { principal } = caller;
    if (principal.kind === "root") return { effect: "allow", conditional: false, because: "" };
    const policies = identity?.policies ?? this.#withoutIdentity(caller);
    const layers: [string, readonly Policy[]][] = [["identity-based", policies]];
    if (identity?.boundary) layers.push(["permissions boundary", [identity.boundary]]);
    if (principal.kind === "role" && principal.sessionPolicy !== undefined) {
      layers.push(["session", [this.#sessionPolicyOf(caller, principal.sessionPolicy)]]);
    }
    const verdicts = layers.map(([name, layer]) => ({ name, ...evaluateIdentity(layer, request) }));
    const conditional = verdicts.some((verdict) => verdict.conditional);
    const deny = verdicts.find(({ effect }) => effect === "deny");
    if (deny) return { effect: "deny", conditional, because: `with an explicit deny in ${article(deny.name)}` };
    const silent = verdicts.find(({ effect }) => effect === "none");
    if (silent) return { effect: "none", conditional, because: noneAllows(silent.name, request) };
    return { effect: "allow", conditional, because: "" };
  }

  /** A function whose role Hearth does not hold may write to its own log group. */
  #withoutIdentity({ accountId, principal }: Caller): readonly Policy[] {
    if (principal.kind !== "role" || !principal.environment) return [];
    const { region } = this.#deps;
    const group = `arn:${partitionOf(region)}:logs:${region}:${accountId}:log-group:${principal.environment.logGroupName}`;
    const Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
    return [compilePolicy({ Statement: [{ Effect: "Allow", Action, Resource: [group, `${group}:*`] }] })];
  }

  #sessionPolicyOf(caller: Caller, document: string): Policy {
    let policy = this.#sessionPolicies.get(caller);
    if (!policy) this.#sessionPolicies.set(caller, (policy = compilePolicy(document)));
    return policy;
  }

  async #policiesOf(call: Call, { accountId, target, asksResource }: Question): Promise<readonly Policy[]> {
    if (!target || !asksResource) return [];
    const documents = await this.#deps.resourcePolicies(accountId, target, isInvocation(call));
    return documents.map((document) => this.#compiled(document));
  }

  #compiled(document: Document): Policy {
    let policy = this.#resourcePolicies.get(document);
    if (!policy) this.#resourcePolicies.set(document, (policy = compilePolicy(document as Json)));
    return policy;
  }

  async #requestOf(
    call: Call,
    question: Question,
    identity: Identity | undefined,
    ofResource: readonly Policy[],
  ): Promise<PolicyRequest> {
    const { region, clock, functionTags } = this.#deps;
    const { action, resources, accountId, target } = question;
    const asked = [...(identity?.policies ?? []), ...(identity?.boundary ? [identity.boundary] : []), ...ofResource];
    const asksForTags = asked.flat().some(({ keys }) => keys.some((key) => key.startsWith(RESOURCE_TAG)));
    const resourceTags = asksForTags && target ? await functionTags(accountId, target.FunctionName) : undefined;
    return { action, resources, lookup: lookupOf({ call, question, identity, resourceTags, region, clock }) };
  }
}

function whoIs(call: Call, identity: Identity | undefined): Who {
  const { accountId, arn } = call.caller;
  return { accountId, arns: [arn, principalArn(call, identity)] };
}

/** A bare function name, as most calls have: what is asked for is the caller's own. */
function namesOwnFunction({ service, input }: Call): boolean {
  if (service !== "lambda") return false;
  const { FunctionName } = input as Input;
  return typeof FunctionName === "string" && !FunctionName.includes(":");
}

/** The function whose policy has a say. */
function targetOf({ operation, input }: Call): FunctionTarget | undefined {
  return policyTarget(operation, input as Input);
}

/** What an invocation is about, as it was asked for: for it alone decisions are remembered. */
function warmKey(call: Call): string | undefined {
  if (!isInvocation(call)) return undefined;
  const { FunctionName, Qualifier } = call.input as { FunctionName: string; Qualifier?: string };
  return Qualifier === undefined ? FunctionName : `${FunctionName} ${Qualifier}`;
}

function isInvocation({ operation }: Call): boolean {
  return operation === "Invoke" || operation === "InvokeWithResponseStream";
}

function noneAllows(kind: string, { action }: { readonly action: string }): string {
  return `because no ${kind === "permissions boundary" ? kind : `${kind} policy`} allows the ${action} action`;
}

function article(kind: string): string {
  if (kind === "permissions boundary") return "a permissions boundary";
  return kind === "identity-based" ? "an identity-based policy" : `a ${kind} policy`;
}

function denied(caller: Caller, { action, resources }: Question, because: string): AccessDeniedException {
  return new AccessDeniedException(
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resources[0]} ${because}`,
  );
}
