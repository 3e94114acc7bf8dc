/** Who sent a request, after its signature was verified. */
export interface Caller {
  /** 12 digits. */
  readonly accountId: string;
  readonly accessKeyId: string;
  /** `arn:aws:iam::<account>:root`, a user's or an assumed role's ARN. */
  readonly arn: string;
  readonly userId: string;
  /** The sandbox that it calls from, where that is one. */
  readonly channel?: string;
  readonly principal: Principal;
}

/** What of an account a caller is: its root may do everything in it; of users and roles policies decide. */
export type Principal = RootPrincipal | UserPrincipal | RolePrincipal;

export interface RootPrincipal {
  readonly kind: "root";
}

export interface UserPrincipal {
  readonly kind: "user";
  readonly UserName: string;
  readonly UserId: string;
}

/** A session of a role. */
export interface RolePrincipal {
  readonly kind: "role";
  readonly RoleName: string;
  readonly RoleId: string;
  readonly sessionName: string;
  /** Permissions that the session was limited to when the role was assumed: a policy document. */
  readonly sessionPolicy?: string;
  /** Set for the execution role of a function that calls from its environment. */
  readonly environment?: EnvironmentFacts;
}

export interface EnvironmentFacts {
  /** Of the function. */
  readonly region: string;
  readonly logGroupName: string;
  /** Of the role, as the function's configuration has it. */
  readonly Path: string;
}

/** The account of the owner of this installation. */
export const OWNER_ACCOUNT = "000000000000";
