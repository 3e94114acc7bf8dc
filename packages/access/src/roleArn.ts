export interface RoleArnParts {
  /** 12 digits. */
  readonly accountId: string;
  /** Begins and ends with a slash. */
  readonly Path: string;
  readonly RoleName: string;
}

const ROLE_ARN = /^arn:aws[a-zA-Z-]*:iam::(\d{12}):role(\/(?:[\u0021-\u007E]+\/)?)([\w+=,.@-]{1,64})$/;

/** Parses the ARN of a role; `undefined` for any other text. */
export function parseRoleArn(arn: string): RoleArnParts | undefined {
  const [, accountId, Path, RoleName] = ROLE_ARN.exec(arn) ?? [];
  if (accountId === undefined || Path === undefined || RoleName === undefined) return undefined;
  return { accountId, Path, RoleName };
}
