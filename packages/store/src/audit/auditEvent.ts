/** One call in the audit trail of one account. */
export interface AuditEvent {
  readonly eventId: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Whose trail the event is in. A call that worked on another account's resources is in the trails of both. */
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
  /** JSON: the input without secrets and bodies, of bounded size. */
  readonly input: string;
  /** Of the HTTP answer. */
  readonly status: number;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

export interface AuditCaller {
  /** `hearth` wrote the event itself. */
  readonly kind: "root" | "user" | "role" | "hearth";
  readonly accountId: string;
  readonly arn: string;
  /** AWS's principal id. */
  readonly id: string;
  /** The user's name, the session's of a role, or `root`. */
  readonly userName: string;
  readonly accessKeyId: string | null;
}
