import { structure } from "@hearth/model";
import { z } from "zod";

/** The answer of the operations on reserved concurrency. */
export const Concurrency = structure({ ReservedConcurrentExecutions: z.number() }).partial();

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html */
export const ProvisionedConcurrencyConfig = structure({
  RequestedProvisionedConcurrentExecutions: z.number(),
  AvailableProvisionedConcurrentExecutions: z.number(),
  AllocatedProvisionedConcurrentExecutions: z.number(),
  Status: z.string(),
  StatusReason: z.string(),
  LastModified: z.string(),
}).partial();

/** https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedConcurrencyConfigListItem.html */
export const ProvisionedConcurrencyConfigListItem = structure({
  FunctionArn: z.string().optional(),
  ...ProvisionedConcurrencyConfig.shape,
});
