import { decodeCursor, encodeCursor, integer, list, structure } from "@hearth/model";
import { operation, type RequestContext } from "@hearth/wire";
import type { SecretRecord } from "@hearth/store";
import { z } from "zod";
import type { SecretsDeps } from "../deps.ts";
import { InvalidNextTokenException, InvalidParameterException } from "../errors.ts";
import { secretArn, secretKey } from "../secretArn.ts";
import { valueAnswer } from "../secretAnswer.ts";
import { secretFilter } from "../secretFilters.ts";
import { CURRENT } from "../stages.ts";
import * as words from "../words.ts";

const PAGE = 20;

interface Failed {
  readonly SecretId: string;
  readonly ErrorCode: string;
  readonly Message: string;
}

export const batchGetSecretValue = operation({
  name: "BatchGetSecretValue",
  input: structure({
    SecretIdList: list({ min: 1, max: 2048 }, { min: 1, max: 20 }).optional(),
    Filters: words.Filters,
    MaxResults: integer({ min: 1, max: 20 }).optional(),
    NextToken: words.NextToken,
  }),
  output: structure({
    SecretValues: z.array(words.SecretValueAnswer),
    NextToken: z.string().optional(),
    Errors: z.array(structure({ SecretId: z.string(), ErrorCode: z.string(), Message: z.string() })),
  }),
  errors: [InvalidNextTokenException, InvalidParameterException],
  async handle(input, context, { secrets, versions }: Pick<SecretsDeps, "secrets" | "versions">) {
    const { SecretIdList, Filters, MaxResults: limit = PAGE } = input;
    if ((SecretIdList === undefined) === (Filters === undefined)) {
      throw new InvalidParameterException("You must include Filters or SecretIdList, but not both.");
    }
    if (SecretIdList && input.MaxResults !== undefined) {
      throw new InvalidParameterException("MaxResults can only be used with Filters.");
    }
    if (SecretIdList) {
      const named = SecretIdList.map(
        async (SecretId) => await read(SecretId, await secrets.find(secretKey(context, SecretId))),
      );
      return answerOf(await Promise.all(named));
    }
    const { found, NextToken } = await filtered(limit);
    const values = await Promise.all(found.map((secret) => read(secretArn(secret), secret)));
    return { ...answerOf(values), ...(NextToken !== undefined && { NextToken }) };

    async function filtered(count: number): Promise<{ found: readonly SecretRecord[]; NextToken?: string }> {
      const key = input.NextToken === undefined ? undefined : decodeCursor(input.NextToken, ["number", "string"]);
      if (input.NextToken !== undefined && !key) throw new InvalidNextTokenException("Invalid NextToken.");
      const matches = secretFilter(Filters ?? []);
      const found: SecretRecord[] = [];
      let after = key;
      for (;;) {
        const order = { orderBy: "name", descending: false, withDeleted: false } as const;
        const batch = await secrets.list(context, { ...order, after, limit: 200 });
        for (const secret of batch) {
          if (matches(secret)) {
            if (found.length === count) return { found, NextToken: encodeCursor([0, after?.[1] ?? ""]) };
            found.push(secret);
          }
          after = [0, secret.Name];
        }
        if (batch.length < 200) return { found };
      }
    }

    async function read(SecretId: string, secret: SecretRecord | undefined) {
      const failed = (ErrorCode: string, Message: string): Failed => ({ SecretId, ErrorCode, Message });
      // First, as GetSecretValue does: a caller who may not read a secret does not learn whether it exists.
      const refused = await refusalOf(context, SecretId);
      if (refused !== undefined) return failed("AccessDeniedException", refused);
      if (!secret) return failed("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
      if (secret.deletedMs !== null) {
        return failed(
          "InvalidRequestException",
          "You can't perform this operation on the secret because it was marked for deletion.",
        );
      }
      const version = await versions.find(secret, { VersionStage: CURRENT });
      if (!version?.value) {
        return failed(
          "ResourceNotFoundException",
          `Secrets Manager can't find the specified secret value for staging label: ${CURRENT}`,
        );
      }
      await secrets.noteAccess(secret, version.VersionId);
      return valueAnswer(secret, version);
    }
  },
});

/** Each secret is read by the permissions of GetSecretValue. */
async function refusalOf(context: RequestContext, SecretId: string): Promise<string | undefined> {
  return (await context.refusalOf("GetSecretValue", { SecretId }))?.message;
}

type Value = ReturnType<typeof valueAnswer>;

function answerOf(read: readonly (Value | Failed)[]) {
  return {
    SecretValues: read.filter((one): one is Value => !("ErrorCode" in one)),
    Errors: read.filter((one): one is Failed => "ErrorCode" in one),
  };
}
