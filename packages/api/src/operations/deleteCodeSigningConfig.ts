import { ResourceConflictException, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import { CodeSigningConfigArn, codeSigningId } from "../code-signing/codeSigning.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteCodeSigningConfig.html */
export const deleteCodeSigningConfig = operation({
  name: "DeleteCodeSigningConfig",
  http: ["DELETE", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", 204],
  input: structure({ CodeSigningConfigArn }),
  output: structure({}),
  errors: [ResourceNotFoundException, ResourceConflictException],
  async handle(input, context, deps: Pick<ApiDeps, "codeSigningConfigs">) {
    const id = codeSigningId(input.CodeSigningConfigArn, context);
    await deps.codeSigningConfigs.delete(callersOwn(context), id);
    return undefined;
  },
});
