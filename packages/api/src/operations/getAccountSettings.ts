import { MAX_UNZIPPED_BYTES, MAX_ZIP_BYTES, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import { z } from "zod";

const AccountLimit = structure({
  TotalCodeSize: z.number(),
  CodeSizeUnzipped: z.number(),
  CodeSizeZipped: z.number(),
  ConcurrentExecutions: z.number(),
  UnreservedConcurrentExecutions: z.number(),
}).partial();
const AccountUsage = structure({ TotalCodeSize: z.number(), FunctionCount: z.number() }).partial();

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html */
export const getAccountSettings = operation({
  name: "GetAccountSettings",
  http: ["GET", "/2016-08-19/account-settings", 200],
  input: structure({}),
  output: structure({ AccountLimit, AccountUsage }).partial(),
  errors: [],
  async handle(
    _input,
    context,
    { functions, concurrency, limits }: Pick<ApiDeps, "functions" | "concurrency" | "limits">,
  ) {
    const [usage, reserved] = await Promise.all([
      functions.usage(callersOwn(context)),
      concurrency.reserved(context.caller.accountId),
    ]);
    return {
      AccountLimit: {
        TotalCodeSize: limits.TotalCodeSize,
        CodeSizeUnzipped: MAX_UNZIPPED_BYTES,
        CodeSizeZipped: MAX_ZIP_BYTES,
        ConcurrentExecutions: limits.ConcurrentExecutions,
        UnreservedConcurrentExecutions: limits.ConcurrentExecutions - reserved,
      },
      AccountUsage: usage,
    };
  },
});
