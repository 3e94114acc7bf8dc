import { structure } from "@hearth/model";
import { z } from "zod";
import { codeSigningMembers } from "./codeSigning.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_CodeSigningConfig.html */
export const CodeSigningConfig = structure({
  CodeSigningConfigId: z.string(),
  CodeSigningConfigArn: z.string(),
  AllowedPublishers: codeSigningMembers.AllowedPublishers,
  CodeSigningPolicies: codeSigningMembers.CodeSigningPolicies.unwrap(),
  LastModified: z.string(),
  Description: z.string().optional(),
});

/** The code signing configuration that a function has. */
export const FunctionCodeSigningConfig = structure({ CodeSigningConfigArn: z.string(), FunctionName: z.string() });
