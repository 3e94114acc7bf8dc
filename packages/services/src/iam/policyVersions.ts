import { bool, structure, text } from "@hearth/model";
import type { PolicyVersionRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { IamDeps } from "./iamDeps.ts";
import { DeleteConflict, LimitExceeded, MalformedPolicyDocument, NoSuchEntity, policyNotFound } from "./iamErrors.ts";
import * as words from "./iamWords.ts";
import { findAwsManaged, findOwnPolicy, isAwsManaged } from "./managedPolicies.ts";
import { checkIdentityPolicy, checkSize } from "./policyDocument.ts";

const VersionId = text({ pattern: "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?" });

function numberOf(versionId: string): number {
  const number = Number(versionId.slice(1));
  return number <= 2_147_483_647 ? number : 0; // nobody's version
}

function versionNotFound(PolicyArn: string, versionId: string): NoSuchEntity {
  return new NoSuchEntity(`Policy ${PolicyArn} version ${versionId} does not exist or is not attachable.`);
}

function toVersion({ number, isDefault, CreateDate }: Omit<PolicyVersionRecord, "Document">) {
  return { VersionId: `v${number}`, IsDefaultVersion: isDefault, CreateDate };
}

const createPolicyVersion = operation({
  name: "CreatePolicyVersion",
  input: structure({
    PolicyArn: words.PolicyArn,
    PolicyDocument: words.PolicyDocument,
    SetAsDefault: bool().optional(),
  }),
  errors: [NoSuchEntity, MalformedPolicyDocument, LimitExceeded],
  async handle(input, { caller: { accountId } }, { policies, clock }: Pick<IamDeps, "policies" | "clock">) {
    const { PolicyArn, PolicyDocument, SetAsDefault = false } = input;
    checkIdentityPolicy(PolicyDocument);
    checkSize(PolicyDocument, 6144, "PolicySize");
    const { PolicyName } = await findOwnPolicy(policies, accountId, PolicyArn);
    const CreateDate = new Date(Math.floor(clock.now() / 1000) * 1000);
    const number = await policies.addVersion({ accountId, PolicyName }, PolicyDocument, SetAsDefault, CreateDate);
    if (number === "missing") throw policyNotFound(PolicyArn);
    if (number === "tooMany") {
      throw new LimitExceeded(
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
      );
    }
    return { PolicyVersion: toVersion({ number, isDefault: SetAsDefault, CreateDate }) };
  },
});

const getPolicyVersion = operation({
  name: "GetPolicyVersion",
  input: structure({ PolicyArn: words.PolicyArn, VersionId }),
  errors: [NoSuchEntity],
  async handle({ PolicyArn, VersionId: id }, { caller: { accountId } }, { policies }: Pick<IamDeps, "policies">) {
    if (isAwsManaged(PolicyArn)) {
      const { Document } = findAwsManaged(PolicyArn);
      if (id !== "v1") throw versionNotFound(PolicyArn, id);
      const version = toVersion({ number: 1, isDefault: true, CreateDate: new Date("2015-02-06T18:40:00Z") });
      return { PolicyVersion: { Document: words.encodeDocument(Document), ...version } };
    }
    const { PolicyName } = await findOwnPolicy(policies, accountId, PolicyArn);
    const version = await policies.findVersion({ accountId, PolicyName }, numberOf(id));
    if (!version) throw versionNotFound(PolicyArn, id);
    return { PolicyVersion: { Document: words.encodeDocument(version.Document), ...toVersion(version) } };
  },
});

const listPolicyVersions = operation({
  name: "ListPolicyVersions",
  input: structure({ PolicyArn: words.PolicyArn }),
  errors: [NoSuchEntity],
  async handle({ PolicyArn }, { caller: { accountId } }, { policies }: Pick<IamDeps, "policies">) {
    const { PolicyName } = await findOwnPolicy(policies, accountId, PolicyArn);
    const versions = await policies.listVersions({ accountId, PolicyName });
    return { Versions: versions.map(toVersion), IsTruncated: false };
  },
});

const setDefaultPolicyVersion = operation({
  name: "SetDefaultPolicyVersion",
  input: structure({ PolicyArn: words.PolicyArn, VersionId }),
  errors: [NoSuchEntity],
  async handle(
    { PolicyArn, VersionId: id },
    { caller: { accountId } },
    { policies, clock }: Pick<IamDeps, "policies" | "clock">,
  ) {
    const { PolicyName } = await findOwnPolicy(policies, accountId, PolicyArn);
    const found = await policies.setDefaultVersion({ accountId, PolicyName }, numberOf(id), new Date(clock.now()));
    if (!found) throw versionNotFound(PolicyArn, id);
    return undefined;
  },
});

const deletePolicyVersion = operation({
  name: "DeletePolicyVersion",
  input: structure({ PolicyArn: words.PolicyArn, VersionId }),
  errors: [NoSuchEntity, DeleteConflict],
  async handle({ PolicyArn, VersionId: id }, { caller: { accountId } }, { policies }: Pick<IamDeps, "policies">) {
    const { PolicyName } = await findOwnPolicy(policies, accountId, PolicyArn);
    const outcome = await policies.deleteVersion({ accountId, PolicyName }, numberOf(id));
    if (outcome === "missing") throw versionNotFound(PolicyArn, id);
    if (outcome === "isDefault") throw new DeleteConflict("Cannot delete the default version of a policy.");
    return undefined;
  },
});

export const policyVersionOperations = [
  createPolicyVersion,
  getPolicyVersion,
  listPolicyVersions,
  setDefaultPolicyVersion,
  deletePolicyVersion,
];
