import { ResourceConflictException, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { CodeSigningConfigArn, codeSigningId } from "../code-signing/codeSigning.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteCodeSigningConfig.html */
export const deleteCodeSigningConfig = operation({
  name: "DeleteCodeSigningConfig",
  http: ["DELETE", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", 204],
  input: structure({ CodeSigningConfigArn }),
  output: structure({}),
  errors: [ResourceNotFoundException, ResourceConflictException],
  async handle(input, context, deps: Pick<ApiDeps, "codeSigningConfigs" | "region">) {
    const id = codeSigningId(input.CodeSigningConfigArn, context, deps.region);
    await deps.codeSigningConfigs.delete(context.caller.accountId, id);
    return undefined;
  },
});
