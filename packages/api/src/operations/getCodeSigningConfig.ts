import { ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import { codeSigningAnswer, CodeSigningConfigArn, codeSigningId } from "../code-signing/codeSigning.ts";
import { CodeSigningConfig } from "../code-signing/codeSigningConfig.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetCodeSigningConfig.html */
export const getCodeSigningConfig = operation({
  name: "GetCodeSigningConfig",
  http: ["GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", 200],
  input: structure({ CodeSigningConfigArn }),
  output: structure({ CodeSigningConfig }),
  errors: [ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "codeSigningConfigs">) {
    const id = codeSigningId(input.CodeSigningConfigArn, context);
    return { CodeSigningConfig: codeSigningAnswer(await deps.codeSigningConfigs.get(callersOwn(context), id)) };
  },
});
