/** Who sent a request, after its signature was verified. */
export interface Caller {
  /** 12 digits. */
  readonly accountId: string;
  readonly accessKeyId: string;
  /** `arn:aws:iam::<account>:root`, a user's or an assumed role's ARN. */
  readonly arn: string;
  readonly userId: string;
}
