/** The sender of a request whose signature was verified. */
export interface Caller {
  /** 12 digits. */
  readonly accountId: string;
  readonly accessKeyId: string;
  /** `arn:aws:iam::<account>:root`, a user's or an assumed role's ARN. */
  readonly arn: string;
  readonly userId: string;
  /** The sandbox that sent the request, for calls from functions. */
  readonly channel?: string;
  /** When temporary credentials were issued, in milliseconds since the epoch; absent for long-term keys. */
  readonly tokenIssuedAt?: number;
  readonly principal: Principal;
}

/** The kind of caller. The root may do everything in its account. Policies decide for users and roles. */
export type Principal = RootPrincipal | UserPrincipal | RolePrincipal | AnonymousPrincipal;

export interface RootPrincipal {
  readonly kind: "root";
}

export interface UserPrincipal {
  readonly kind: "user";
  readonly UserName: string;
  readonly UserId: string;
}

/** A request without a signature: only policies of resources can allow it anything. */
export interface AnonymousPrincipal {
  readonly kind: "anonymous";
}

/** A session of a role. */
export interface RolePrincipal {
  readonly kind: "role";
  readonly RoleName: string;
  readonly RoleId: string;
  readonly sessionName: string;
  /** The policy document that limits the session, given when the role was assumed. */
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

/** Whoever sends a request without a signature. */
export const ANONYMOUS: Caller = {
  accountId: "anonymous",
  accessKeyId: "",
  arn: "anonymous",
  userId: "anonymous",
  principal: { kind: "anonymous" },
};
