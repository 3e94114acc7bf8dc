import type { House } from "@hearth/access";
import type { Clock, Random } from "@hearth/kit";
import {
  AccessKeyStore,
  IamEntityPolicyStore,
  IamPolicyStore,
  IamRoleStore,
  IamUserStore,
  IdentityStore,
} from "@hearth/store";

export interface IamDeps {
  readonly roles: IamRoleStore;
  readonly rolePolicies: IamEntityPolicyStore;
  readonly users: IamUserStore;
  readonly userPolicies: IamEntityPolicyStore;
  readonly policies: IamPolicyStore;
  readonly accessKeys: AccessKeyStore;
  readonly identities: IdentityStore;
  readonly clock: Clock;
  readonly random: Random;
}

export function openIamDeps({ database, clock, random, logger }: House): IamDeps {
  return {
    roles: new IamRoleStore(database),
    rolePolicies: new IamEntityPolicyStore(database, "role"),
    users: new IamUserStore(database),
    userPolicies: new IamEntityPolicyStore(database, "user"),
    policies: new IamPolicyStore(database),
    accessKeys: new AccessKeyStore(database, logger),
    identities: new IdentityStore(database),
    clock,
    random,
  };
}
