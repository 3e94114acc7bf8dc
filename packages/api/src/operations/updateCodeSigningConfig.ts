import { ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import {
  codeSigningAnswer,
  CodeSigningConfigArn,
  codeSigningId,
  codeSigningMembers,
} from "../code-signing/codeSigning.ts";
import { CodeSigningConfig } from "../code-signing/codeSigningConfig.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateCodeSigningConfig.html */
export const updateCodeSigningConfig = operation({
  name: "UpdateCodeSigningConfig",
  http: ["PUT", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", 200],
  input: structure({
    CodeSigningConfigArn,
    ...codeSigningMembers,
    AllowedPublishers: codeSigningMembers.AllowedPublishers.optional(),
  }),
  output: structure({ CodeSigningConfig }),
  errors: [ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "codeSigningConfigs">) {
    const id = codeSigningId(input.CodeSigningConfigArn, context);
    const { AllowedPublishers, CodeSigningPolicies } = input;
    const policy = CodeSigningPolicies?.UntrustedArtifactOnDeployment;
    const config = await deps.codeSigningConfigs.update(callersOwn(context), id, {
      Description: input.Description,
      ...(AllowedPublishers && { SigningProfileVersionArns: AllowedPublishers.SigningProfileVersionArns }),
      ...(policy && { UntrustedArtifactOnDeployment: policy }),
    });
    return { CodeSigningConfig: codeSigningAnswer(config) };
  },
});
