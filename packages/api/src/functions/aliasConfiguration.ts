import { numberMap, structure } from "@hearth/model";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_AliasRoutingConfiguration.html */
export const RoutingConfig = structure({
  AdditionalVersionWeights: numberMap({ min: 1, max: 1024, pattern: "[0-9]+" }, { min: 0, max: 1 }).optional(),
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_AliasConfiguration.html */
export const AliasConfiguration = structure({
  AliasArn: z.string(),
  Name: z.string(),
  FunctionVersion: z.string(),
  Description: z.string(),
  RoutingConfig,
  RevisionId: z.string(),
}).partial();
