import type { Sender } from "./sender.ts";

/** Reads secrets of Secrets Manager for the parts of Hearth that need them, such as sources with a password. */
export interface SecretReader {
  /**
   * The current value of a secret, as text. The sender's permissions decide: with a role, that of the role, otherwise the policy of the secret. Rejects with
   * AccessDeniedException when they do not allow `secretsmanager:GetSecretValue`, and with AWS's errors when there is no such secret.
   */
  valueOf(SecretId: string, sender: Sender): Promise<string>;
}
