import { InvalidParameterValueException, structure, Tags } from "@hearth/model";
import { operation } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import { codeSigningAnswer, codeSigningMembers } from "../code-signing/codeSigning.ts";
import { checkTags } from "../tags/checkTags.ts";
import { CodeSigningConfig } from "../code-signing/codeSigningConfig.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateCodeSigningConfig.html */
export const createCodeSigningConfig = operation({
  name: "CreateCodeSigningConfig",
  http: ["POST", "/2020-04-22/code-signing-configs", 201],
  input: structure({ ...codeSigningMembers, Tags: Tags.optional() }),
  output: structure({ CodeSigningConfig }),
  errors: [InvalidParameterValueException],
  async handle(input, context, { codeSigningConfigs }: Pick<ApiDeps, "codeSigningConfigs">) {
    const { Description, AllowedPublishers, CodeSigningPolicies, Tags: tags = {} } = input;
    checkTags(tags);
    const settings = {
      Description,
      SigningProfileVersionArns: AllowedPublishers.SigningProfileVersionArns,
      UntrustedArtifactOnDeployment: CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? "Warn",
    } as const;
    return {
      CodeSigningConfig: codeSigningAnswer(await codeSigningConfigs.create(callersOwn(context), settings, tags)),
    };
  },
});
