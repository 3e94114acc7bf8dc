import { newApiId } from "@hearth/apis";
import { bool, choice, structure } from "@hearth/model";
import type { Transaction } from "@hearth/store";
import { operation, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from "../../apigatewayv2/errors.ts";
import { refuseWhenDiskIsShort } from "../../apigatewayv2/refuseWhenDiskIsShort.ts";
import { type ApiKeyRow, readApiKeyFile } from "../apiKeyFile.ts";
import { KEY_QUOTA } from "./apiKeys.ts";
import { addKeyToPlan } from "./usagePlanKeys.ts";

const KEY = /^[\x21-\x7e]{20,128}$/;
const MAX_NAME = 1_024;
const MAX_DESCRIPTION = 10_240;

/** Creates the key of a row, or overwrites the one with the same value. */
async function putKey(deps: ApiGatewayDeps, tx: Transaction, context: RequestContext, row: ApiKeyRow): Promise<string> {
  const { accountId, region } = context;
  const { name, key: value, description, enabled } = row;
  const settings = { name, enabled, ...(description !== "" && { description }) };
  const keyId = newApiId(deps.random);
  const created = await deps.keys.create(tx, { keyId, accountId, region, value, settings, tags: {} }, KEY_QUOTA);
  if (created === "tooMany") {
    throw new LimitExceededException(`Maximum number of API keys has been reached: ${KEY_QUOTA}`);
  }
  if (created !== "taken") return keyId;
  const found = await deps.keys.findByValue(context, value, tx);
  if (!found) throw new ConflictException("API Key was changed at the same time");
  const { customerId } = found.key.settings as { readonly customerId?: string };
  await deps.keys.change(tx, found.key.keyId, {
    settings: { ...settings, ...(customerId !== undefined && { customerId }) },
  });
  return found.key.keyId;
}

function wrongIn({ name, key, description }: ApiKeyRow): string | undefined {
  if (!KEY.test(key)) return "the key needs 20 to 128 characters";
  if (name.length > MAX_NAME) return `the name has more than ${MAX_NAME} characters`;
  return description.length > MAX_DESCRIPTION
    ? `the description has more than ${MAX_DESCRIPTION} characters`
    : undefined;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html */
export const importApiKeys = operation({
  name: "ImportApiKeys",
  http: ["POST", "/apikeys?mode=import", 201],
  query: { format: "format", failOnWarnings: "failonwarnings" },
  payload: "body",
  input: structure({
    body: z.instanceof(Uint8Array),
    format: choice(["csv"]),
    failOnWarnings: bool().optional(),
  }),
  output: structure({ ids: z.array(z.string()), warnings: z.array(z.string()) }),
  errors: [BadRequestException, ConflictException, LimitExceededException, NotFoundException],
  async handle({ body, failOnWarnings = false }, context, deps: ApiGatewayDeps) {
    refuseWhenDiskIsShort(deps);
    const rows = readApiKeyFile(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
    for (const usageplanId of new Set(rows.flatMap(({ usagePlanIds }) => usagePlanIds))) {
      const refused = await context.refusalOf("CreateUsagePlanKey", { usageplanId });
      if (refused) throw refused;
    }
    return await deps.database.transaction(async (tx) => {
      const ids = new Set<string>();
      const warnings: string[] = [];
      for (const row of rows) {
        const wrong = wrongIn(row);
        if (wrong !== undefined) {
          warnings.push(`Line ${row.line} is left out: ${wrong}`);
          continue;
        }
        const keyId = await putKey(deps, tx, context, row);
        ids.add(keyId);
        for (const planId of row.usagePlanIds) {
          const added = await addKeyToPlan(deps, tx, context, { planId, keyId });
          if (added === "noPlan") warnings.push(`Line ${row.line}: there is no usage plan ${planId}`);
        }
      }
      if (failOnWarnings && warnings.length > 0) {
        throw new BadRequestException(`Warnings found during import: ${warnings.slice(0, 20).join("; ")}`);
      }
      return { ids: [...ids], warnings };
    });
  },
});
