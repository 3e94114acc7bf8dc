/** The section about Secrets Manager in docs/compatibility.md. */
export const SECRETS_SECTION = `## AWS Secrets Manager

Every operation is there but those of replication to other regions (ReplicateSecretToRegions, RemoveRegionsFromReplication, StopReplicationToReplica), which answer NotImplementedException.

| | State | |
|---|---|---|
| Secrets, versions, staging labels | works | Values are encrypted with the installation's master key. The six characters at the end of an ARN follow from account, region and name: a secret that is created again has the same ARN. |
| Deletion | works | A secret is removed when its recovery window ends; with \`ForceDeleteWithoutRecovery\`, when the call is answered. |
| Rotation | works | The function is called in AWS's four steps. Each is an asynchronous invocation, so an error is retried as the function's settings say, and after a crash the rotation goes on where it was. A rotation that has failed begins anew, with the same version, at its next time or call. \`RotateImmediately: false\` only plans: it does not test. |
| Rotation schedule | works | \`AutomaticallyAfterDays\`, or rate() and cron() in UTC, every four hours at most. \`Duration\` is kept and shown: a rotation begins at its time. |
| Resource policies | works | They decide for users, roles, services and other accounts. \`BlockPublicPolicy\` refuses statements that allow everyone without a condition. |
| Filters and sorting of ListSecrets | works | |

Kept and shown, but not acted on: \`KmsKeyId\`. \`Type\` (managed external secrets) answers NotImplementedException.`;
