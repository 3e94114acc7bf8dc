import {
  AccessDeniedException,
  FunctionName,
  InvalidParameterValueException,
  MAX_CONFIGURATION_REQUEST_BYTES,
  NotImplementedException,
  PreconditionFailedException,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
  text,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { attachedLayers, checkUnpackedSize } from "../layers/attachedLayers.ts";
import { applyRequested } from "../functions/applyRequested.ts";
import { checkConfiguration } from "../functions/checkConfiguration.ts";
import { refuseUnbuiltConfiguration } from "../functions/refuseUnbuilt.ts";
import { configurationMembers } from "../functions/functionMembers.ts";
import { checkFileSystems } from "../functions/checkFileSystems.ts";
import { checkPackageSettings } from "../code/imageCode.ts";
import { invocationId } from "../functions/invocationId.ts";
import { checkDeadLetterRole } from "../functions/checkDeadLetterRole.ts";
import { checkRole } from "../functions/checkRole.ts";
import { checkArchitecture } from "../functions/checkArchitecture.ts";
import { checkRuntime } from "../functions/checkRuntime.ts";
import { checkSettings } from "../functions/checkSettings.ts";
import { wholeFunction } from "../functions/targetOf.ts";
import { FunctionConfiguration } from "../functions/functionConfiguration.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html */
export const updateFunctionConfiguration = operation({
  name: "UpdateFunctionConfiguration",
  http: ["PUT", "/2015-03-31/functions/{FunctionName}/configuration", 200],
  maxBodyBytes: MAX_CONFIGURATION_REQUEST_BYTES,
  input: structure({ FunctionName, ...configurationMembers, RevisionId: text().optional() }),
  output: FunctionConfiguration,
  errors: [
    AccessDeniedException,
    InvalidParameterValueException,
    ResourceNotFoundException,
    ResourceConflictException,
    PreconditionFailedException,
    NotImplementedException,
  ],
  async handle(
    input,
    context,
    deps: Pick<
      ApiDeps,
      | "mayAssume"
      | "refusalOfSending"
      | "fileSystems"
      | "functions"
      | "layers"
      | "code"
      | "runtimes"
      | "exactRuntimes"
      | "architectures"
    >,
  ) {
    const key = wholeFunction(input, context, "UpdateFunctionConfiguration");
    refuseUnbuiltConfiguration("UpdateFunctionConfiguration", input);
    checkConfiguration(input);
    checkFileSystems(key.accountId, input, deps);
    await checkRole(key.accountId, input.Role, deps);
    const current = await deps.functions.get(key);
    checkPackageSettings(current.settings.PackageType, input);
    if (input.Runtime !== undefined && input.Runtime !== current.settings.Runtime) {
      await checkRuntime(input.Runtime, deps);
      // What a function is by default says nothing of its program.
      const { Architectures } = current.settings;
      if (Architectures[0] === "arm64") checkArchitecture({ ...current.settings, Runtime: input.Runtime }, deps);
    }
    if (input.Role !== undefined || input.DeadLetterConfig !== undefined) {
      await checkDeadLetterRole(key, applyRequested(current.settings, input, undefined), deps);
    }
    const layers = input.Layers && (await attachedLayers(input.Layers, current.settings.Layers ?? [], context, deps));
    if (layers && layers.length > 0)
      await checkUnpackedSize(await deps.code.unpackedBytes(current.code.digest), layers, deps);
    return await deps.functions.update(key, {
      settings: (settings) => {
        const wanted = applyRequested(settings, input, layers);
        checkSettings(wanted, input);
        return wanted;
      },
      RevisionId: input.RevisionId,
      invocationId: invocationId(context),
    });
  },
});
