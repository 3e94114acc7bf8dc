import { AccessDeniedException, integer, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { credentialsOf, credentialsShape } from "../credentialsOf.ts";
import type { StsDeps } from "../deps.ts";

const HOUR_SECONDS = 3600;

/** A session of the caller itself. It ends with the key that asked for it. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html */
export const getSessionToken = operation({
  name: "GetSessionToken",
  input: structure({
    DurationSeconds: integer({ min: 900, max: 129_600 }).optional(),
    SerialNumber: z.unknown().optional(),
    TokenCode: z.unknown().optional(),
  }),
  output: structure({ Credentials: credentialsShape }),
  errors: [AccessDeniedException],
  handle({ DurationSeconds = 12 * HOUR_SECONDS }, { caller, headers }, { sessions, clock }: StsDeps) {
    const { accountId, arn, userId, principal, accessKeyId } = caller;
    if (headers["x-amz-security-token"] !== undefined || principal.kind === "role") {
      return Promise.reject(new AccessDeniedException("Cannot call GetSessionToken with session credentials"));
    }
    const seconds = principal.kind === "root" ? Math.min(DurationSeconds, HOUR_SECONDS) : DurationSeconds;
    const credentials = sessions.issue({
      caller: { accountId, arn, userId, principal },
      issuedAt: clock.now(),
      expiresAt: clock.now() + seconds * 1000,
      parent: accessKeyId,
    });
    return Promise.resolve({ Credentials: credentialsOf(credentials) });
  },
});
