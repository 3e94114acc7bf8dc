import type { SessionCredentials } from "@hearth/access";

/** Credentials as STS writes them. */
export function credentialsOf({ accessKeyId, secretAccessKey, sessionToken, expiresAt }: SessionCredentials) {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(Math.floor(expiresAt / 1000) * 1000),
  };
}
