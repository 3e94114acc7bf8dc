import type { Senders } from "@hearth/access";
import { AccessDeniedException, type SecretReader } from "@hearth/model";
import { type Database, SecretStore, SecretVersionStore } from "@hearth/store";
import { findSecret } from "./findSecret.ts";
import { secretArn } from "./secretArn.ts";
import { CURRENT } from "./stages.ts";
import { noSecret } from "./errors.ts";

export interface SecretReaderDeps {
  readonly database: Database;
  readonly senders: Pick<Senders, "refusalOf">;
}

/** Reads secrets for other parts of Hearth, such as event source mappings and connections, in the name of whoever uses them. */
export function secretReader({ database, senders }: SecretReaderDeps): SecretReader {
  const deps = { secrets: new SecretStore(database), versions: new SecretVersionStore(database) };
  return {
    async valueOf(SecretId, sender) {
      const secret = await findSecret(deps, sender, SecretId);
      const action = { action: "secretsmanager:GetSecretValue", resource: secretArn(secret) };
      const refused = await senders.refusalOf(sender, action);
      if (refused !== undefined) throw new AccessDeniedException(refused);
      const value = (await deps.versions.find(secret, { VersionStage: CURRENT }))?.value;
      if (!value) throw noSecret();
      return value.SecretString ?? Buffer.from(value.SecretBinary ?? "", "base64").toString("utf8");
    },
  };
}
