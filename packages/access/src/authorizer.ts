import type { Clock } from "@hearth/kit";
import { AccessDeniedException, type Caller, partitionOf } from "@hearth/model";
import type { Authorize, Call } from "@hearth/wire";
import { lookupOf, principalArn, RESOURCE_TAG } from "./callContext.ts";
import type { Identities, Identity } from "./identities.ts";
import { evaluateIdentity, evaluateResource, type ResourceVerdict, type Verdict } from "./policy/evaluate.ts";
import { compilePolicy, type Policy, type PolicyRequest } from "./policy/policy.ts";
import type { Who } from "./policy/principal.ts";
import { iamQuestions } from "./questions/iam.ts";
import { lambdaQuestions } from "./questions/lambda.ts";
import { logsQuestions } from "./questions/logs.ts";
import type { FunctionTarget, Input, Question } from "./questions/question.ts";
import { stsQuestions } from "./questions/sts.ts";

/** Statements of the policy language, as they were stored. The same list is the same policy. */
type Statements = readonly object[];

export interface AuthorizerDeps {
  readonly identities: Pick<Identities, "find" | "of">;
  /** Statements of the policy of a function, version or alias; none when it has no policy or is not there. */
  readonly resourcePolicy: (
    accountId: string,
    target: FunctionTarget,
  ) => Statements | undefined | Promise<Statements | undefined>;
  readonly functionTags: (accountId: string, FunctionName: string) => Promise<Readonly<Record<string, string>>>;
  readonly region: string;
  readonly clock: Clock;
}

/** What a caller may do besides what is asked each time: decisions that nothing but its policies had a part in. */
interface Remembered {
  readonly identity: Identity;
  readonly allowed: Set<string>;
}

const MAX_REMEMBERED = 1024;

/**
 * Decides what callers may do. An account's root may do everything in its account; of users and sessions their policies decide; of strangers
 * both their own policies and the resource's. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * A root's call in its own account and a decision that is remembered ask nobody.
 */
export class Authorizer {
  readonly #deps: AuthorizerDeps;
  readonly #remembered = new WeakMap<Caller, Remembered>();
  readonly #sessionPolicies = new WeakMap<Caller, Policy>();
  readonly #resourcePolicies = new WeakMap<Statements, Policy>();

  constructor(deps: AuthorizerDeps) {
    this.#deps = deps;
  }

  readonly authorize: Authorize = (call) => {
    const { service, caller } = call;
    const isRoot = caller.principal.kind === "root";
    if (isRoot && namesOwnFunction(call)) return caller.accountId;
    if (service === "lambda" && this.#isRemembered(call)) return caller.accountId;
    if (service === "iam") return isRoot ? caller.accountId : this.#iam(call);
    const questions = this.#questionsOf(call);
    const [first] = questions;
    if (!first) return caller.accountId;
    if (isRoot && first.accountId === caller.accountId && first.RoleName === undefined) return caller.accountId;
    return this.#decideAll(call, questions);
  };

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

  #isRemembered(call: Call): boolean {
    const { caller } = call;
    const known = this.#remembered.get(caller);
    if (!known) return false;
    const key = warmKey(call);
    if (key === undefined || !known.allowed.has(key)) return false;
    return this.#deps.identities.of(caller.accountId, caller.principal) === known.identity;
  }

  #remember(call: Call, identity: Identity): void {
    const key = warmKey(call);
    if (key === undefined) return;
    let known = this.#remembered.get(call.caller);
    if (known?.identity !== identity || known.allowed.size >= MAX_REMEMBERED) {
      known = { identity, allowed: new Set() };
      this.#remembered.set(call.caller, known);
    }
    known.allowed.add(key);
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
    const request = await this.#requestOf(call, question, identity);
    const own = this.#ownVerdict(caller, identity, request);
    if (own.effect === "deny") throw denied(caller, question, own.because);
    const isStranger = question.accountId !== caller.accountId;
    if (own.effect === "allow" && !isStranger) {
      if (!own.conditional && identity) this.#remember(call, identity);
      return;
    }
    const resource = await this.#resourceVerdict(call, question, identity, request);
    if (resource.effect === "deny") throw denied(caller, question, "with an explicit deny in a resource-based policy");
    if (resource.effect === "allow") {
      if (isStranger ? own.effect === "allow" : resource.by === "direct") return;
    } else if (own.effect === "allow") throw denied(caller, question, noneAllows("resource-based", question));
    throw denied(caller, question, own.because);
  }

  /** A role is assumed only by whom its trust policy lets in; who is meant by their account alone needs their own policies too. */
  async #decideTrust(call: Call, question: Question, RoleName: string, identity: Identity | undefined): Promise<void> {
    const { caller } = call;
    const request = await this.#requestOf(call, question, identity);
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

  async #resourceVerdict(
    call: Call,
    { accountId, target }: Question,
    identity: Identity | undefined,
    request: PolicyRequest,
  ): Promise<ResourceVerdict> {
    const statements = target && (await this.#deps.resourcePolicy(accountId, target));
    if (!statements) return { effect: "none", conditional: false };
    let policy = this.#resourcePolicies.get(statements);
    if (!policy) {
      policy = compilePolicy({ Version: "2012-10-17", Statement: statements });
      this.#resourcePolicies.set(statements, policy);
    }
    return evaluateResource([policy], whoIs(call, identity), request);
  }

  async #requestOf(call: Call, question: Question, identity: Identity | undefined): Promise<PolicyRequest> {
    const { region, clock, functionTags } = this.#deps;
    const { action, resources, accountId, target } = question;
    const asksForTags = [...(identity?.policies ?? []), ...(identity?.boundary ? [identity.boundary] : [])]
      .flat()
      .some(({ keys }) => keys.some((key) => key.startsWith(RESOURCE_TAG)));
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

/** What an invocation is about, as it was asked for: for it alone decisions are remembered. */
function warmKey({ operation, input }: Call): string | undefined {
  if (operation !== "Invoke" && operation !== "InvokeWithResponseStream") return undefined;
  const { FunctionName, Qualifier } = input as { FunctionName: string; Qualifier?: string };
  return Qualifier === undefined ? FunctionName : `${FunctionName} ${Qualifier}`;
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
