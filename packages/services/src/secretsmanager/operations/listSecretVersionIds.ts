import { decodeCursor, encodeCursor, integer, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SecretsDeps } from "../deps.ts";
import { InvalidNextTokenException, ResourceNotFoundException } from "../errors.ts";
import { findSecret } from "../findSecret.ts";
import { secretArn } from "../secretArn.ts";
import * as words from "../words.ts";

const PAGE = 100;

export const listSecretVersionIds = operation({
  name: "ListSecretVersionIds",
  input: structure({
    SecretId: words.SecretId,
    MaxResults: integer({ min: 1, max: 100 }).optional(),
    NextToken: words.NextToken,
    IncludeDeprecated: words.Bool,
  }),
  output: structure({
    ARN: z.string(),
    Name: z.string(),
    NextToken: z.string().optional(),
    Versions: z.array(
      structure({
        VersionId: z.string(),
        VersionStages: z.array(z.string()).optional(),
        LastAccessedDate: z.date().optional(),
        CreatedDate: z.date(),
        KmsKeyIds: z.array(z.string()),
      }),
    ),
  }),
  errors: [InvalidNextTokenException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<SecretsDeps, "secrets" | "versions">) {
    const { MaxResults: limit = PAGE, NextToken, IncludeDeprecated = false } = input;
    const key = NextToken === undefined ? ([0] as const) : decodeCursor(NextToken, ["number"]);
    if (!key) throw new InvalidNextTokenException("Invalid NextToken.");
    const secret = await findSecret(deps, context, input.SecretId, true);
    const all = (await deps.versions.list(secret)).filter(({ stages }) => IncludeDeprecated || stages.length > 0);
    const end = key[0] + limit;
    return {
      ARN: secretArn(secret),
      Name: secret.Name,
      Versions: all.slice(key[0], end).map(({ VersionId, stages, createdMs, accessedMs }) => ({
        VersionId,
        ...(stages.length > 0 && { VersionStages: stages }),
        ...(accessedMs !== null && { LastAccessedDate: new Date(accessedMs) }),
        CreatedDate: new Date(createdMs),
        KmsKeyIds: [secret.settings.KmsKeyId ?? "DefaultEncryptionKey"],
      })),
      ...(all.length > end && { NextToken: encodeCursor([end]) }),
    };
  },
});
