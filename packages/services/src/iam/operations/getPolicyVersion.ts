import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, NoSuchEntity } from "../errors.ts";
import { findAwsManaged, findOwnPolicy, isAwsManaged } from "../managedPolicies.ts";
import { numberOf, toVersion, VersionId, versionNotFound, versionShape } from "../policyVersion.ts";
import * as words from "../words.ts";

export const getPolicyVersion = operation({
  name: "GetPolicyVersion",
  input: structure({ PolicyArn: words.PolicyArn, VersionId }),
  output: structure({ PolicyVersion: versionShape }),
  errors: [NoSuchEntity, InvalidInput],
  async handle({ PolicyArn, VersionId: id }, context, { policies }: Pick<IamDeps, "policies">) {
    const { accountId } = context.caller;
    if (isAwsManaged(PolicyArn, context)) {
      const { Document } = findAwsManaged(PolicyArn);
      if (id !== "v1") throw versionNotFound(PolicyArn, id);
      const version = toVersion({ number: 1, isDefault: true, CreateDate: new Date("2015-02-06T18:40:00Z") });
      return { PolicyVersion: { Document: words.encodeDocument(Document), ...version } };
    }
    const { PolicyName } = await findOwnPolicy(policies, context, PolicyArn);
    const version = await policies.findVersion({ accountId, PolicyName }, numberOf(id));
    if (!version) throw versionNotFound(PolicyArn, id);
    return { PolicyVersion: { Document: words.encodeDocument(version.Document), ...toVersion(version) } };
  },
});
