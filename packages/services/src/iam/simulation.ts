import { compilePolicy, type NamedPolicy, simulate, type Simulated, type SimulatedRequest } from "@hearth/access";
import { NotImplementedException, structure, text } from "@hearth/model";
import { z } from "zod";
import { InvalidInput } from "./errors.ts";
import { checkIdentityPolicy } from "./policyDocument.ts";
import * as words from "./words.ts";

/** Questions of one request: actions times resources. */
const MAX_QUESTIONS = 1000;
/** Characters of all documents of one request. */
const MAX_DOCUMENTS = 262_144;
/** Limits of the cost of one question, and of a page of them: characters of documents times the characters that they are compared with. */
const MAX_STEPS = 50_000_000;
const MAX_PAGE_STEPS = 1_000_000_000;

export interface Weighed extends NamedPolicy {
  readonly characters: number;
}

export const Documents = z.array(words.PolicyDocument);

const ResourceName = text({ min: 1, max: 2048 });

/** What both simulations take. */
export const SimulationInput = structure({
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
});
type SimulationInput = z.output<typeof SimulationInput>;

/** Documents that come with the request. */
export function givenPolicies(documents: readonly string[] = [], list: string): readonly Weighed[] {
  if (documents.reduce((sum, { length }) => sum + length, 0) > MAX_DOCUMENTS) {
    throw new InvalidInput(`Policies of ${list} are longer than ${MAX_DOCUMENTS} characters together.`);
  }
  return documents.map((document, index) => {
    checkIdentityPolicy(document);
    return namedPolicy(`${list}.${index + 1}`, document);
  });
}

export function namedPolicy(id: string, document: string): Weighed {
  return { id, policy: compilePolicy(document), characters: document.length };
}

export async function answerSimulation(
  asked: SimulationInput,
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
    // Lets other requests run between two questions.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const { shown, rest } = words.pageOf(results, asked, ({ index }) => String(index));
  return { EvaluationResults: shown.map(({ result }) => result), ...rest };
}

/** Limits the work: tenants choose both the patterns and what they are compared with. */
function checkCost(
  { ContextEntries = [] }: SimulationInput,
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

function lookupOf(
  { ContextEntries = [], CallerArn }: SimulationInput,
  arn: string | undefined,
): SimulatedRequest["lookup"] {
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

/** What both simulations answer. */
export const simulationShape = structure({
  EvaluationResults: z.array(
    structure({
      EvalActionName: z.string(),
      EvalResourceName: z.string(),
      EvalDecision: z.string(),
      MatchedStatements: z.array(structure({ SourcePolicyId: z.string(), SourcePolicyType: z.string() })),
      MissingContextValues: z.array(z.string()),
      PermissionsBoundaryDecisionDetail: structure({ AllowedByPermissionsBoundary: z.boolean() }).optional(),
    }),
  ),
  ...words.pageMembers,
});
