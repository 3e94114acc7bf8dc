import { structure } from "@hearth/model";
import { z } from "zod";
import { DestinationConfig } from "./eventInvokeMembers.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_FunctionEventInvokeConfig.html */
export const FunctionEventInvokeConfig = structure({
  LastModified: z.date(),
  FunctionArn: z.string(),
  MaximumRetryAttempts: z.number(),
  MaximumEventAgeInSeconds: z.number(),
  DestinationConfig,
}).partial();
