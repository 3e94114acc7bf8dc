import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
export const getCallerIdentity = operation({
  name: "GetCallerIdentity",
  input: structure({}),
  output: structure({ Arn: z.string(), UserId: z.string(), Account: z.string() }),
  errors: [],
  handle: async (_input, { caller }) => ({ Arn: caller.arn, UserId: caller.userId, Account: caller.accountId }),
});
