import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";

/** A target with a client of Secrets Manager. Disposing deletes the secrets that `newSecret` made. */
export interface SecretsTarget extends ServiceTarget {
  readonly secrets: SecretsManagerClient;
  /** Resolves with its name, ARN and first version. */
  newSecret(input?: Partial<CreateSecretCommandInput>): Promise<{ Name: string; ARN: string; VersionId: string }>;
}

export async function secretsTarget(): Promise<SecretsTarget> {
  const target = await serviceTarget();
  const secrets = new SecretsManagerClient({ ...target.config, maxAttempts: 1 });
  const made: string[] = [];
  return {
    isAws: target.isAws,
    config: target.config,
    region: target.region,
    accountId: target.accountId,
    newName: () => target.newName(),
    secrets,
    async newSecret(input = {}) {
      const Name = input.Name ?? target.newName();
      made.push(Name);
      const created = await secrets.send(new CreateSecretCommand({ Name, SecretString: "first", ...input }));
      return { Name, ARN: created.ARN ?? "", VersionId: created.VersionId ?? "" };
    },
    async [Symbol.asyncDispose]() {
      const remove = { ForceDeleteWithoutRecovery: true };
      await Promise.allSettled(made.map((SecretId) => secrets.send(new DeleteSecretCommand({ SecretId, ...remove }))));
      secrets.destroy();
      await target[Symbol.asyncDispose]();
    },
  };
}
