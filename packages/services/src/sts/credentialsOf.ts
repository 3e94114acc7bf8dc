import type { SessionCredentials } from "@hearth/access";
import { structure } from "@hearth/model";
import { z } from "zod";

/** Credentials as STS writes them. */
export function credentialsOf({ accessKeyId, secretAccessKey, sessionToken, expiresAt }: SessionCredentials) {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(Math.floor(expiresAt / 1000) * 1000),
  };
}

export const credentialsShape = structure({
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  SessionToken: z.string(),
  Expiration: z.date(),
});
