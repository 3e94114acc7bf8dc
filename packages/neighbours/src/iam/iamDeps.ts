import type { Clock, Random } from "@hearth/kit";
import type { IamPolicyStore, IamRolePolicyStore, IamRoleStore } from "@hearth/store";

export interface IamDeps {
  readonly roles: IamRoleStore;
  readonly rolePolicies: IamRolePolicyStore;
  readonly policies: IamPolicyStore;
  readonly clock: Clock;
  readonly random: Random;
}
