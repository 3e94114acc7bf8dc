import { awsManagedPolicy } from "@hearth/access";
import { NotImplementedException } from "@hearth/model";
import type { IdentityStore } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, MalformedPolicyDocument, NoSuchEntity, roleNotFound, userNotFound } from "../errors.ts";
import {
  answerSimulation,
  Documents,
  givenPolicies,
  namedPolicy,
  SimulationInput,
  simulationShape,
  type Weighed,
} from "../simulation.ts";
import * as words from "../words.ts";

interface Source {
  readonly policies: readonly Weighed[];
  readonly boundary: readonly Weighed[] | undefined;
}

/** The policies of a user or a role of the account. */
async function policiesOf(PolicySourceArn: string, accountId: string, identities: IdentityStore): Promise<Source> {
  const [, owner, kind, name] =
    /^arn:aws[a-z-]*:iam::(\d{12}):(user|role)\/(?:.+\/)?([\w+=,.@-]+)$/.exec(PolicySourceArn) ?? [];
  if ((kind !== "user" && kind !== "role") || name === undefined) {
    throw new InvalidInput(`Invalid Entity Arn: ${PolicySourceArn} does not clearly define entity type and name.`);
  }
  const found = owner === accountId ? await identities.load(kind, accountId, name) : undefined;
  if (!found) throw kind === "user" ? userNotFound(name) : roleNotFound(name);
  const { inline, attached, PermissionsBoundary } = found;
  const documentOf = (arn: string): string | undefined => awsManagedPolicy(arn)?.Document;
  const policies = [
    ...inline.map(({ PolicyName, PolicyDocument }) => namedPolicy(`${kind}_${name}_${PolicyName}`, PolicyDocument)),
    ...attached.flatMap(({ PolicyArn, Document }) => {
      const document = Document ?? documentOf(PolicyArn);
      return document === undefined ? [] : [namedPolicy(lastOf(PolicyArn), document)];
    }),
  ];
  if (PermissionsBoundary === null) return { policies, boundary: undefined };
  const limit =
    documentOf(PermissionsBoundary) ?? (await identities.policyDocument(accountId, lastOf(PermissionsBoundary)));
  return { policies, boundary: limit === undefined ? [] : [namedPolicy(lastOf(PermissionsBoundary), limit)] };
}

function lastOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

export const simulatePrincipalPolicy = operation({
  name: "SimulatePrincipalPolicy",
  input: SimulationInput.extend({ PolicySourceArn: words.PolicyArn, PolicyInputList: Documents.optional() }),
  output: simulationShape,
  errors: [InvalidInput, NoSuchEntity, NotImplementedException, MalformedPolicyDocument],
  async handle(input, { caller: { accountId } }, { identities }: Pick<IamDeps, "identities">) {
    const { policies, boundary } = await policiesOf(input.PolicySourceArn, accountId, identities);
    const limits = input.PermissionsBoundaryPolicyInputList;
    return await answerSimulation(
      input,
      [...policies, ...givenPolicies(input.PolicyInputList, "PolicyInputList")],
      limits ? givenPolicies(limits, "PermissionsBoundaryPolicyInputList") : boundary,
      input.PolicySourceArn,
    );
  },
});
