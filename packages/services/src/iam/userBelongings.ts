import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "./iamDeps.ts";
import { NoSuchEntity, userNotFound } from "./iamErrors.ts";
import * as words from "./iamWords.ts";

// What users have on AWS and nobody has here. Clients ask for these before they delete a user, so each says truly that there is nothing.

function nothing(name: string, members: readonly string[]) {
  return operation({
    name,
    input: structure({ UserName: words.UserName.optional(), Marker: words.Marker.optional() }),
    errors: [NoSuchEntity],
    async handle({ UserName }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
      if (UserName !== undefined && !(await users.find({ accountId, UserName }))) throw userNotFound(UserName);
      return { ...Object.fromEntries(members.map((member) => [member, []])), IsTruncated: false };
    },
  });
}

/** Of groups and of other names for an account there are none at all. */
function none(name: string, member: string) {
  return operation({
    name,
    input: structure({
      PathPrefix: words.PathPrefix.optional(),
      Marker: words.Marker.optional(),
      MaxItems: words.MaxItems.optional(),
    }),
    errors: [],
    handle: () => Promise.resolve({ [member]: [], IsTruncated: false }),
  });
}

function noLoginProfile(name: string) {
  return operation({
    name,
    input: structure({ UserName: words.UserName }),
    errors: [NoSuchEntity],
    handle({ UserName }): Promise<never> {
      return Promise.reject(new NoSuchEntity(`Login Profile for User ${UserName} cannot be found.`));
    },
  });
}

export const userBelongings = [
  nothing("ListGroupsForUser", ["Groups"]),
  nothing("ListSSHPublicKeys", ["SSHPublicKeys"]),
  nothing("ListMFADevices", ["MFADevices"]),
  nothing("ListVirtualMFADevices", ["VirtualMFADevices"]),
  nothing("ListSigningCertificates", ["Certificates"]),
  nothing("ListServiceSpecificCredentials", ["ServiceSpecificCredentials"]),
  none("ListGroups", "Groups"),
  none("ListAccountAliases", "AccountAliases"),
  noLoginProfile("GetLoginProfile"),
  noLoginProfile("DeleteLoginProfile"),
];
