/** One call in the audit trail of one account. */
export interface AuditEvent {
  readonly eventId: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The account whose trail contains the event. A call on another account's resources is in the trails of both accounts. */
  readonly accountId: string;
  readonly region: string;
  readonly requestId: string;
  readonly caller: AuditCaller;
  readonly sourceIp: string | null;
  readonly userAgent: string | null;
  /** Signing name: `lambda`, `iam` … */
  readonly service: string;
  readonly operation: string;
  readonly isReadOnly: boolean;
  readonly isDataEvent: boolean;
  /** ARNs. */
  readonly resources: readonly string[];
  /** The input as JSON, without secrets and bodies, of bounded size. */
  readonly input: string;
  /** Status code of the HTTP response. */
  readonly status: number;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

export interface AuditCaller {
  /** Hearth itself wrote the event. */
  readonly kind: "root" | "user" | "role" | "anonymous" | "hearth";
  readonly accountId: string;
  readonly arn: string;
  /** AWS's principal id. */
  readonly id: string;
  /** The user's name, the name of a role's session, or `root`. */
  readonly userName: string;
  readonly accessKeyId: string | null;
}
