import { createSecureContext, type SecureContext } from "node:tls";
import { accessUri, secretMembers } from "../brokers/sourceSecret.ts";
import type { MappedSource } from "../eventSource.ts";

/** How a mapping logs in. */
export interface KafkaLogin {
  readonly sasl?: {
    readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
    readonly username: string;
    readonly password: string;
  };
  readonly secureContext?: SecureContext;
}

const MECHANISMS = {
  BASIC_AUTH: "PLAIN",
  SASL_SCRAM_256_AUTH: "SCRAM-SHA-256",
  SASL_SCRAM_512_AUTH: "SCRAM-SHA-512",
} as const;
/** Types whose URI is a secret. */
export const KAFKA_SECRETS = [...Object.keys(MECHANISMS), "CLIENT_CERTIFICATE_TLS_AUTH", "SERVER_ROOT_CA_CERTIFICATE"];
/** Types that say where in a VPC the cluster is: there is no VPC here. */
const WITHOUT_EFFECT = ["VPC_SUBNET", "VPC_SECURITY_GROUP"];

export interface KafkaLoginDeps {
  readonly authorities: readonly string[];
  readonly secretOf: (SecretArn: string, mapping: MappedSource) => Promise<string>;
}

/** Reads the secrets of a mapping. `isSecure` undefined: TLS is used where AWS uses it, with every way to log in. Rejects for ways to log in that are not built. */
export async function kafkaLogin(
  mapping: MappedSource,
  isSecure: boolean | undefined,
  { authorities, secretOf }: KafkaLoginDeps,
): Promise<KafkaLogin> {
  const types = typesOf(mapping);
  const unknown = unsupportedLogin(mapping);
  if (unknown !== undefined) throw new Error(`Hearth does not support the source access type ${unknown}.`);
  const secret = async (type: string): Promise<string | undefined> => {
    const uri = accessUri(mapping, type);
    return uri === undefined ? undefined : await secretOf(uri, mapping);
  };
  const [type, mechanism] = Object.entries(MECHANISMS).find(([one]) => types.includes(one)) ?? [];
  const password = type === undefined ? undefined : await secret(type);
  const client = await secret("CLIENT_CERTIFICATE_TLS_AUTH");
  const root = await secret("SERVER_ROOT_CA_CERTIFICATE");
  const usesTls = isSecure ?? [password, client, root].some((one) => one !== undefined);
  return {
    ...(mechanism &&
      password !== undefined && { sasl: { mechanism, ...secretMembers(password, ["username", "password"]) } }),
    ...(usesTls && { secureContext: contextOf(authorities, client, root) }),
  };
}

/** The first way to log in of a mapping that is not built, such as OAUTHBEARER_AUTH. */
export function unsupportedLogin(mapping: MappedSource): string | undefined {
  return typesOf(mapping).find((type) => !KAFKA_SECRETS.includes(type) && !WITHOUT_EFFECT.includes(type));
}

function typesOf({ settings }: MappedSource): readonly string[] {
  return (settings.SourceAccessConfigurations ?? []).flatMap(({ Type }) => Type ?? []);
}

function contextOf(authorities: readonly string[], client?: string, root?: string): SecureContext {
  const own = client === undefined ? undefined : secretMembers(client, ["certificate", "privateKey"]);
  const phrase = client === undefined ? undefined : passphraseOf(client);
  return createSecureContext({
    ca: root === undefined ? [...authorities] : secretMembers(root, ["certificate"]).certificate,
    ...(own && { cert: own.certificate, key: own.privateKey }),
    ...(phrase !== undefined && { passphrase: phrase }),
    minVersion: "TLSv1.2",
  });
}

/** Of an encrypted private key. */
function passphraseOf(secret: string): string | undefined {
  const { privateKeyPassword } = JSON.parse(secret) as { readonly privateKeyPassword?: unknown };
  return typeof privateKeyPassword === "string" ? privateKeyPassword : undefined;
}
