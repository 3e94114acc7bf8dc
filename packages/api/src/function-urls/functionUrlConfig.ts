import { structure } from "@hearth/model";
import { z } from "zod";
import { AuthType, Cors, InvokeMode } from "./functionUrlMembers.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_FunctionUrlConfig.html */
export const FunctionUrlConfig = structure({
  FunctionUrl: z.string(),
  FunctionArn: z.string(),
  AuthType,
  CreationTime: z.string(),
  LastModifiedTime: z.string(),
  Cors: Cors.optional(),
  InvokeMode: InvokeMode.optional(),
});
