import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import { BadRequestException, NotFoundException } from "../../apigatewayv2/errors.ts";
import { patched, scalar, type Settings } from "../patch.ts";
import * as words from "../words.ts";

const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;
const shown = structure({
  cloudwatchRoleArn: z.string().optional(),
  throttleSettings: structure({ burstLimit: z.number(), rateLimit: z.number() }),
  features: z.array(z.string()),
  apiKeyVersion: z.string(),
});

/** Throttling of the whole account is the installation's: what is shown are AWS's defaults. */
function answer(settings: Settings): object {
  const throttleSettings = { burstLimit: 5000, rateLimit: 10_000 };
  return { ...settings, throttleSettings, features: ["UsagePlans"], apiKeyVersion: "4" };
}

const getAccount = operation({
  name: "GetAccount",
  http: ["GET", "/account", 200],
  input: structure({}),
  output: shown,
  errors: [NotFoundException],
  handle: async (_, context, { accounts }: Pick<ApiGatewayDeps, "accounts">) => answer(await accounts.find(context)),
});

const updateAccount = operation({
  name: "UpdateAccount",
  http: ["PATCH", "/account", 200],
  input: structure({ patchOperations: words.patchOperations }),
  output: shown,
  errors: [BadRequestException, NotFoundException],
  async handle({ patchOperations }, context, { accounts }: Pick<ApiGatewayDeps, "accounts">) {
    const settings = patched(await accounts.find(context), patchOperations, { "/cloudwatchRoleArn": scalar() });
    const { cloudwatchRoleArn } = settings as { readonly cloudwatchRoleArn?: string };
    if (cloudwatchRoleArn !== undefined && !ROLE.test(cloudwatchRoleArn)) {
      throw new BadRequestException("The role ARN is invalid");
    }
    await accounts.put(context, settings);
    return answer(settings);
  },
});

export const accountOperations = [getAccount, updateAccount];
