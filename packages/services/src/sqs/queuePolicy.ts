export interface QueuePolicy {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: readonly { readonly Sid?: unknown }[];
}

/** The policy of a queue, or the one that AddPermission begins with. */
export function readPolicy(text: string | undefined, queueArn: string): QueuePolicy {
  if (!text) return { Version: "2008-10-17", Id: `${queueArn}/SQSDefaultPolicy`, Statement: [] };
  const policy = JSON.parse(text) as Omit<QueuePolicy, "Statement"> & { readonly Statement: unknown };
  const statements: unknown[] = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
  return { ...policy, Statement: statements as QueuePolicy["Statement"] };
}
