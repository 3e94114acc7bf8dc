import type { Clock } from "@hearth/kit";
import { AccessDeniedException, arn, type Caller } from "@hearth/model";
import type { Authorize, Call } from "@hearth/wire";
import { lookupOf, principalArn, RESOURCE_TAG, resourceTagKey, timeKey } from "./callContext.ts";
import type { Identities, Identity } from "./identities.ts";
import { inOwnPartition } from "./inOwnPartition.ts";
import { evaluateIdentity, evaluateResource, type Verdict } from "./policy/evaluate.ts";
import type { Json } from "./policy/json.ts";
import type { Lookup } from "./policy/pattern.ts";
import { compilePolicy, type Policy, type PolicyRequest } from "./policy/policy.ts";
import type { Who } from "./policy/principal.ts";
import type { Input, Question } from "./question.ts";
import { noResources, type PolicyDocumentObject, type Resources } from "./resources.ts";
import type { ServiceAccess } from "./serviceRoom.ts";
import { type CallingService, sourceKeys } from "./sourceKeys.ts";

type Documents = readonly PolicyDocumentObject[];

/** A service with access to its resources. */
export interface AuthorizedService extends Pick<ServiceAccess, "signingName" | "questions" | "warmKey"> {
  readonly resources?: Resources;
}

export interface AuthorizerDeps {
  readonly identities: Pick<Identities, "find" | "of">;
  /** Calls of any other service need the permission `<service>:<operation>` on `*`. */
  readonly services: readonly AuthorizedService[];
  readonly clock: Clock;
}

/** Warm calls of one caller that were allowed by its own policies alone, by region and warm key. */
interface Remembered {
  /** A root has none. */
  readonly identity: Identity | undefined;
  readonly regions: Map<string, Map<string, Question>>;
}

/** A call on its way to a decision. */
interface Asking {
  readonly call: Call;
  readonly service: AuthorizedService;
  readonly warmKey: string | undefined;
  readonly documents?: Documents | undefined;
}

/** Per caller and region. */
const MAX_REMEMBERED = 1024;

/**
 * Decides what callers may do. An account's root may do everything in its own account. A user or session may do what its policies allow. A caller of
 * another account needs its own policies and the resource's. A denial in a resource's policy holds for everyone.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * A root's call in its own account and a remembered decision look up nothing but the resource's policies, which are in memory.
 */
export class Authorizer {
  readonly #deps: AuthorizerDeps;
  readonly #services: ReadonlyMap<string, AuthorizedService>;
  readonly #remembered = new WeakMap<Caller, Remembered>();
  readonly #sessionPolicies = new WeakMap<Caller, Policy>();
  readonly #resourcePolicies = new WeakMap<PolicyDocumentObject, Policy>();

  constructor(deps: AuthorizerDeps) {
    this.#deps = deps;
    this.#services = new Map(deps.services.map((service) => [service.signingName, service]));
  }

  readonly authorize: Authorize = (call) => {
    const service = this.#services.get(call.service) ?? unknownService(call.service);
    const warmKey = service.warmKey?.(call.operation, call.input as Input);
    const asking = { call, service, warmKey };
    const remembered = warmKey === undefined ? undefined : this.#remembers(call, warmKey);
    if (remembered) return this.#unlessDenied(asking, remembered);
    const questions = this.#questionsOf(asking);
    return questions instanceof Promise
      ? questions.then((found) => this.#answer(asking, found))
      : this.#answer(asking, questions);
  };

  /**
   * Decides about something that Hearth does in the name of `call.caller`. Rejects with AccessDeniedException. `documents`: the policies of the resource,
   * where its service does not answer for them.
   */
  async decide(call: Call, asked: Question, documents?: Documents): Promise<void> {
    const service = this.#services.get(call.service) ?? unknownService(call.service);
    const [question = asked] = service.resources ? await withOwners([asked], service.resources) : [asked];
    const identity = await this.#deps.identities.of(call.caller.accountId, call.caller.principal);
    await this.#decide({ call, service, warmKey: undefined, documents }, question, identity);
  }

  /**
   * Decides about something that a service does for a resource: the policy of what it is done to must allow it. Rejects with AccessDeniedException.
   * `isWarm`: the resource is loaded into memory anyway, see `Resources.policiesAbout`.
   */
  async decideForService(service: CallingService, question: Question, isWarm = false): Promise<void> {
    const { action, resources } = question;
    const room = this.#services.get(action.split(":")[0] ?? "");
    const documents = (await room?.resources?.policiesAbout(resources[0], isWarm)) ?? noDocuments;
    const policies = documents.map((document) => this.#compiled(document));
    const asksForTags = policies.flat().some(({ keys }) => keys.some((key) => key.startsWith(RESOURCE_TAG)));
    const tags = asksForTags ? await room?.resources?.tagsOf(resources[0]) : undefined;
    const source = sourceKeys(service);
    const lookup: Lookup = (key) => source(key) ?? resourceTagKey(key, tags) ?? timeKey(key, this.#deps.clock);
    const verdict = evaluateResource(policies, { arns: [], service: service.principal }, { action, resources, lookup });
    if (verdict.effect === "allow") return;
    const because =
      verdict.effect === "deny"
        ? "with an explicit deny in a resource-based policy"
        : `because no resource-based policy allows the ${action} action for ${service.sourceArn}`;
    throw new AccessDeniedException(
      `${service.principal} is not authorized to perform: ${action} on resource: ${resources[0]} ${because}`,
    );
  }

  /** The ARNs of the resources that a call is about; empty when it is about none in particular. */
  async resourcesOf(call: Call): Promise<readonly string[]> {
    const service = this.#services.get(call.service) ?? unknownService(call.service);
    const questions = await this.#questionsOf({ call, service, warmKey: undefined });
    return [...new Set(questions.map(({ resources: [usual] }) => usual))].filter((resource) => resource !== "*");
  }

  #answer(asking: Asking, questions: readonly Question[]): string | Promise<string> {
    const { call, warmKey } = asking;
    const { caller } = call;
    const [first] = questions;
    if (!first) return caller.accountId;
    const isOwnRoot = caller.principal.kind === "root" && first.accountId === caller.accountId;
    // A call about several resources may name one of another account after its own.
    const asksMore = questions.some((one) => one !== first && (one.accountId !== caller.accountId || one.asksResource));
    if (!isOwnRoot || asksMore || first.RoleName !== undefined) return this.#decideAll(asking, questions);
    if (warmKey !== undefined) this.#remember(call, undefined, warmKey, first);
    return this.#unlessDenied(asking, first);
  }

  /** For a call in the caller's own account that is allowed if the resource's policy does not deny it. */
  #unlessDenied(asking: Asking, question: Question): string | Promise<string> {
    const { accountId } = asking.call.caller;
    const documents = this.#documentsAbout(asking, question);
    if (documents instanceof Promise) return documents.then((found) => this.#unlessOneDenies(asking, found));
    return documents.length === 0 ? accountId : this.#unlessOneDenies(asking, documents);
  }

  #unlessOneDenies(asking: Asking, documents: Documents): string | Promise<string> {
    const mayDeny = documents.some((document) => this.#compiled(document).some(({ effect }) => effect === "Deny"));
    return mayDeny ? this.#askAll(asking) : asking.call.caller.accountId;
  }

  async #askAll(asking: Asking): Promise<string> {
    return await this.#decideAll(asking, await this.#questionsOf(asking));
  }

  #questionsOf(asking: Asking): readonly Question[] | Promise<readonly Question[]> {
    const { resources } = asking.service;
    const questions = this.#askedQuestions(asking);
    return resources?.ownerOf ? withOwners(questions, resources) : questions;
  }

  #askedQuestions({ call, service }: Asking): readonly Question[] | Promise<readonly Question[]> {
    const { operation, input, region, caller } = call;
    const { accountId, principal } = caller;
    return service.questions({
      operation,
      input: input as Input,
      accountId,
      principal,
      region,
      pathOf: async (kind, name) => (await this.#deps.identities.find(kind, accountId, name))?.Path,
    });
  }

  /** The question of a warm call that was allowed before, if that still holds. */
  #remembers({ caller, region }: Call, warmKey: string): Question | undefined {
    const known = this.#remembered.get(caller);
    const question = known?.regions.get(region)?.get(warmKey);
    if (!known || !question || caller.principal.kind === "root") return question;
    return this.#deps.identities.of(caller.accountId, caller.principal) === known.identity ? question : undefined;
  }

  #remember({ caller, region }: Call, identity: Identity | undefined, warmKey: string, question: Question): void {
    let known = this.#remembered.get(caller);
    if (!known || known.identity !== identity) {
      known = { identity, regions: new Map() };
      this.#remembered.set(caller, known);
    }
    let allowed = known.regions.get(region);
    if (!allowed || allowed.size >= MAX_REMEMBERED) known.regions.set(region, (allowed = new Map()));
    allowed.set(warmKey, question);
  }

  async #decideAll(asking: Asking, questions: readonly Question[]): Promise<string> {
    const { caller } = asking.call;
    const found = this.#deps.identities.of(caller.accountId, caller.principal);
    const identity = found instanceof Promise ? await found : found;
    for (const question of questions) {
      if (question.RoleName === undefined) await this.#decide(asking, question, identity);
      else await this.#decideTrust(asking, question, question.RoleName, identity);
    }
    return questions[0]?.accountId ?? caller.accountId;
  }

  /** Rejects with AccessDeniedException unless the call is allowed to do this. */
  async #decide(asking: Asking, question: Question, identity: Identity | undefined): Promise<void> {
    const { call, warmKey } = asking;
    const { caller } = call;
    const policies = (await this.#documentsAbout(asking, question)).map((document) => this.#compiled(document));
    const request = await this.#requestOf(asking, question, identity, policies);
    const own = this.#ownVerdict(call, identity, request);
    if (own.effect === "deny") throw denied(caller, question, own.because);
    const resource = evaluateResource(policies, whoIs(call, identity), request);
    if (resource.effect === "deny") throw denied(caller, question, "with an explicit deny in a resource-based policy");
    const isOtherAccount = question.accountId !== caller.accountId;
    if (own.effect === "allow" && !isOtherAccount) {
      if (warmKey !== undefined && !own.conditional && identity) this.#remember(call, identity, warmKey, question);
      return;
    }
    if (resource.effect === "allow") {
      const isAnonymous = caller.principal.kind === "anonymous";
      if (isOtherAccount && !isAnonymous ? own.effect === "allow" : resource.by === "direct") return;
    } else if (own.effect === "allow") throw denied(caller, question, noneAllows("resource-based", question));
    throw denied(caller, question, own.because);
  }

  /** The role's trust policy must allow the caller. Where it names only the caller's account, the caller's own policies must allow it too. */
  async #decideTrust(
    asking: Asking,
    question: Question,
    RoleName: string,
    identity: Identity | undefined,
  ): Promise<void> {
    const { call } = asking;
    const { caller } = call;
    const request = await this.#requestOf(asking, question, identity, []);
    const [RoleArn] = question.resources;
    const refused = new AccessDeniedException(
      `User: ${caller.arn} is not authorized to perform: ${question.action} on resource: ${RoleArn}`,
    );
    const role = await this.#deps.identities.find("role", question.accountId, RoleName);
    if (!role?.trust || !RoleArn.endsWith(`:role${role.Path}${RoleName}`)) throw refused;
    const own = this.#ownVerdict(call, identity, request);
    const trust = evaluateResource([role.trust], whoIs(call, identity), request);
    if (own.effect === "deny" || trust.effect !== "allow") throw refused;
    const needsOwn = trust.by === "account" || question.accountId !== caller.accountId;
    if (needsOwn && own.effect !== "allow") throw refused;
  }

  /** What the caller's own policies say: its identity's, within its boundary and its session's policy. */
  #ownVerdict(
    call: Call,
    identity: Identity | undefined,
    request: PolicyRequest,
  ): Verdict & { readonly because: string } {
    const { caller } = call;
    const { principal } = caller;
    if (principal.kind === "root") return { effect: "allow", conditional: false, because: "" };
    if (principal.kind === "anonymous")
      return { effect: "none", conditional: false, because: noneAllows("resource-based", request) };
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

  /** A function whose role does not exist in Hearth may write to its own log group. */
  #withoutIdentity({ accountId, principal }: Caller): readonly Policy[] {
    if (principal.kind !== "role" || !principal.environment) return [];
    const { region, logGroupName } = principal.environment;
    const group = arn({ service: "logs", region, accountId, resource: `log-group:${logGroupName}` });
    const Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
    return [compilePolicy({ Statement: [{ Effect: "Allow", Action, Resource: [group, `${group}:*`] }] })];
  }

  #sessionPolicyOf(caller: Caller, document: string): Policy {
    let policy = this.#sessionPolicies.get(caller);
    if (!policy) this.#sessionPolicies.set(caller, (policy = compilePolicy(document)));
    return policy;
  }

  #documentsAbout(asking: Asking, { resources, asksResource }: Question): Documents | Promise<Documents> {
    const { service, warmKey, documents } = asking;
    if (documents) return documents;
    if (!asksResource || !service.resources) return noDocuments;
    return service.resources.policiesAbout(resources[0], warmKey !== undefined);
  }

  #compiled(document: PolicyDocumentObject): Policy {
    let policy = this.#resourcePolicies.get(document);
    if (!policy) this.#resourcePolicies.set(document, (policy = compilePolicy(document as Json)));
    return policy;
  }

  async #requestOf(
    { call, service }: Asking,
    question: Question,
    identity: Identity | undefined,
    ofResource: readonly Policy[],
  ): Promise<PolicyRequest> {
    const { action } = question;
    const [first] = question.resources;
    const resources = question.resources.map((one) => inOwnPartition(one, call.region));
    const { caller } = call;
    const { principal } = caller;
    const asked = [...(identity?.policies ?? []), ...(identity?.boundary ? [identity.boundary] : []), ...ofResource];
    if (principal.kind === "role" && principal.sessionPolicy !== undefined) {
      asked.push(this.#sessionPolicyOf(caller, principal.sessionPolicy));
    }
    const asks = (prefix: string): boolean =>
      asked.flat().some(({ keys }) => keys.some((key) => key.startsWith(prefix)));
    const from = service.resources ?? noResources;
    const resourceTags = asks(RESOURCE_TAG) ? await from.tagsOf(first) : undefined;
    const asksKeys = from.keysOf !== undefined && asks(from.keysBegin ?? `${service.signingName}:`);
    const resourceKeys = asksKeys ? await from.keysOf?.(question) : undefined;
    const context = { call, question, identity, resourceTags, resourceKeys, clock: this.#deps.clock };
    return { action, resources, lookup: lookupOf(context) };
  }
}

const noDocuments: Documents = [];

/** The questions with the accounts of resources whose ARNs name none. */
async function withOwners(
  asked: readonly Question[] | Promise<readonly Question[]>,
  resources: Resources,
): Promise<readonly Question[]> {
  return await Promise.all(
    (await asked).map(async (question) => {
      if (question.isNew) return question;
      const owner = await resources.ownerOf?.(question.resources[0]);
      return owner === undefined ? question : { ...question, accountId: owner };
    }),
  );
}

function unknownService(signingName: string): AuthorizedService {
  return {
    signingName,
    questions: ({ operation, accountId }) => [{ action: `${signingName}:${operation}`, resources: ["*"], accountId }],
  };
}

function whoIs(call: Call, identity: Identity | undefined): Who {
  const { accountId, arn } = call.caller;
  return { accountId, arns: [arn, principalArn(call, identity)] };
}

function noneAllows(kind: string, { action }: { readonly action: string }): string {
  return `because no ${kind === "permissions boundary" ? kind : `${kind} policy`} allows the ${action} action`;
}

function article(kind: string): string {
  if (kind === "permissions boundary") return "a permissions boundary";
  return kind === "identity-based" ? "an identity-based policy" : `a ${kind} policy`;
}

function denied(
  caller: Caller,
  { action, resources, isRefusedSilently }: Question,
  because: string,
): AccessDeniedException {
  if (isRefusedSilently) return new AccessDeniedException("");
  return new AccessDeniedException(
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resources[0]} ${because}`,
  );
}
