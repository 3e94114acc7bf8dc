import {
  AWS_MANAGED_POLICIES,
  compilePolicy,
  type NamedPolicy,
  simulate,
  type Simulated,
  type SimulatedRequest,
} from "@hearth/access";
import { NotImplementedException, structure, text } from "@hearth/model";
import type { IdentityStore } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "./iamDeps.ts";
import { InvalidInput, NoSuchEntity, roleNotFound, userNotFound } from "./iamErrors.ts";
import * as words from "./iamWords.ts";
import { checkIdentityPolicy } from "./policyDocument.ts";

/** Questions of one request: actions times resources. */
const MAX_QUESTIONS = 1000;
/** Characters of all documents of one request. */
const MAX_DOCUMENTS = 262_144;
/** Characters of documents times characters that they are compared with, which is what an answer may cost: of one question, and of a page of them. */
const MAX_STEPS = 50_000_000;
const MAX_PAGE_STEPS = 1_000_000_000;

interface Weighed extends NamedPolicy {
  readonly characters: number;
}

const ResourceName = text({ min: 1, max: 2048 });
const Documents = z.array(words.PolicyDocument);
const members = {
  PermissionsBoundaryPolicyInputList: Documents.optional(),
  ActionNames: z.array(text({ min: 3, max: 128 })),
  ResourceArns: z.array(ResourceName).optional(),
  ResourceOwner: ResourceName.optional(),
  CallerArn: ResourceName.optional(),
  ContextEntries: z
    .array(
      structure({
        ContextKeyName: text({ min: 5, max: 256 }).optional(),
        ContextKeyValues: z.array(text()).optional(),
        ContextKeyType: text().optional(),
      }),
    )
    .optional(),
  ResourcePolicy: z.unknown().optional(),
  PolicyExclusionList: z.unknown().optional(),
  ResourceHandlingOption: text({ min: 1, max: 64 }).optional(),
  Marker: words.Marker.optional(),
  MaxItems: words.MaxItems.optional(),
};
const Asked = structure(members);
type Asked = z.output<typeof Asked>;

/** Documents that come with the request. */
function given(documents: readonly string[] = [], list: string): readonly Weighed[] {
  if (documents.reduce((sum, { length }) => sum + length, 0) > MAX_DOCUMENTS) {
    throw new InvalidInput(`Policies of ${list} are longer than ${MAX_DOCUMENTS} characters together.`);
  }
  return documents.map((document, index) => {
    checkIdentityPolicy(document);
    return named(`${list}.${index + 1}`, document);
  });
}

function named(id: string, document: string): Weighed {
  return { id, policy: compilePolicy(document), characters: document.length };
}

async function answer(
  asked: Asked,
  policies: readonly Weighed[],
  boundary: readonly Weighed[] | undefined,
  arn: string | undefined,
): Promise<object> {
  for (const member of ["ResourcePolicy", "PolicyExclusionList"] as const) {
    if (asked[member] === undefined) continue;
    throw new NotImplementedException(`A simulation with ${member} is not implemented by Hearth.`);
  }
  const { ActionNames, ResourceArns = ["*"] } = asked;
  if (ActionNames.length * ResourceArns.length > MAX_QUESTIONS) {
    throw new InvalidInput(`Actions times resources are more than ${MAX_QUESTIONS}.`);
  }
  const bad = ActionNames.find((name) => !/^[a-zA-Z0-9-]+:[a-zA-Z0-9]+$/.test(name));
  if (bad !== undefined) throw new InvalidInput(`Invalid action: ${bad}`);
  const lookup = lookupOf(asked, arn);
  const requests = ActionNames.flatMap((action) => ResourceArns.map((resource) => ({ action, resource, lookup })));
  const { after, limit } = words.pageQuery(asked);
  const start = /^\d+$/.test(after) ? Number(after) : 0;
  const limits = boundary?.map(({ policy }) => policy);
  const page = requests.slice(start, start + limit);
  checkCost(asked, [...policies, ...(boundary ?? [])], page);
  const results: { readonly index: number; readonly result: object }[] = [];
  for (const [index, request] of page.entries()) {
    const said = simulate(policies, limits, request);
    results.push({ index: start + index + 1, result: resultOf(request, said, limits !== undefined) });
    // Others have their turn in between.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const { shown, rest } = words.pageOf(results, asked, ({ index }) => String(index));
  return { EvaluationResults: shown.map(({ result }) => result), ...rest };
}

/** Patterns are tenants' own, and so is what they are compared with. */
function checkCost(
  { ContextEntries = [] }: Asked,
  policies: readonly Weighed[],
  page: readonly SimulatedRequest[],
): void {
  const characters = policies.reduce((sum, policy) => sum + policy.characters, 0);
  const values = ContextEntries.flatMap(({ ContextKeyValues = [] }) => ContextKeyValues);
  const context = values.reduce((sum, { length }) => sum + length, 0);
  const steps = page.map(({ action, resource }) => characters * (action.length + resource.length + context));
  if (steps.some((one) => one > MAX_STEPS) || steps.reduce((sum, one) => sum + one, 0) > MAX_PAGE_STEPS) {
    throw new InvalidInput("Policies, resources and context values are too long together: ask for fewer at a time.");
  }
}

function lookupOf({ ContextEntries = [], CallerArn }: Asked, arn: string | undefined): SimulatedRequest["lookup"] {
  const caller = CallerArn ?? arn;
  const values = new Map<string, readonly string[]>(caller === undefined ? [] : [["aws:principalarn", [caller]]]);
  for (const { ContextKeyName = "", ContextKeyValues = [] } of ContextEntries) {
    values.set(ContextKeyName.toLowerCase(), ContextKeyValues);
  }
  return (key) => values.get(key);
}

function resultOf({ action, resource }: SimulatedRequest, said: Simulated, hasBoundary: boolean): object {
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: said.decision,
    MatchedStatements: said.matched.map((SourcePolicyId) => ({ SourcePolicyId, SourcePolicyType: "IAM Policy" })),
    MissingContextValues: said.missing,
    ...(hasBoundary && {
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: said.allowedByBoundary },
    }),
  };
}

interface Source {
  readonly policies: readonly Weighed[];
  readonly boundary: readonly Weighed[] | undefined;
}

/** What a user or a role of the account has. */
async function policiesOf(PolicySourceArn: string, accountId: string, identities: IdentityStore): Promise<Source> {
  const [, owner, kind, name] =
    /^arn:aws:iam::(\d{12}):(user|role)\/(?:.+\/)?([\w+=,.@-]+)$/.exec(PolicySourceArn) ?? [];
  if ((kind !== "user" && kind !== "role") || name === undefined) {
    throw new InvalidInput(`Invalid Entity Arn: ${PolicySourceArn} does not clearly define entity type and name.`);
  }
  const found = owner === accountId ? await identities.load(kind, accountId, name) : undefined;
  if (!found) throw kind === "user" ? userNotFound(name) : roleNotFound(name);
  const { inline, attached, PermissionsBoundary } = found;
  const documentOf = (arn: string): string | undefined => AWS_MANAGED_POLICIES.find(({ Arn }) => Arn === arn)?.Document;
  const policies = [
    ...inline.map(({ PolicyName, PolicyDocument }) => named(`${kind}_${name}_${PolicyName}`, PolicyDocument)),
    ...attached.flatMap(({ PolicyArn, Document }) => {
      const document = Document ?? documentOf(PolicyArn);
      return document === undefined ? [] : [named(lastOf(PolicyArn), document)];
    }),
  ];
  if (PermissionsBoundary === null) return { policies, boundary: undefined };
  const limit =
    documentOf(PermissionsBoundary) ?? (await identities.policyDocument(accountId, lastOf(PermissionsBoundary)));
  return { policies, boundary: limit === undefined ? [] : [named(lastOf(PermissionsBoundary), limit)] };
}

function lastOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

const simulateCustomPolicy = operation({
  name: "SimulateCustomPolicy",
  input: Asked.extend({ PolicyInputList: Documents }),
  errors: [InvalidInput, NotImplementedException],
  async handle(input) {
    const limits = input.PermissionsBoundaryPolicyInputList;
    const boundary = limits && given(limits, "PermissionsBoundaryPolicyInputList");
    return await answer(input, given(input.PolicyInputList, "PolicyInputList"), boundary, undefined);
  },
});

const simulatePrincipalPolicy = operation({
  name: "SimulatePrincipalPolicy",
  input: Asked.extend({ PolicySourceArn: words.PolicyArn, PolicyInputList: Documents.optional() }),
  errors: [InvalidInput, NoSuchEntity, NotImplementedException],
  async handle(input, { caller: { accountId } }, { identities }: Pick<IamDeps, "identities">) {
    const { policies, boundary } = await policiesOf(input.PolicySourceArn, accountId, identities);
    const limits = input.PermissionsBoundaryPolicyInputList;
    return await answer(
      input,
      [...policies, ...given(input.PolicyInputList, "PolicyInputList")],
      limits ? given(limits, "PermissionsBoundaryPolicyInputList") : boundary,
      input.PolicySourceArn,
    );
  },
});

export const simulationOperations = [simulateCustomPolicy, simulatePrincipalPolicy];
