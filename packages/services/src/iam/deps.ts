import type { Clock, Random } from "@hearth/kit";
import type {
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
