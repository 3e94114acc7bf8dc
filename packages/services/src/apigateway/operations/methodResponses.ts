import type { RestMethodResponse } from "@hearth/apis";
import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from "../../apigatewayv2/errors.ts";
import { conforming, given, type RestEdit } from "../editing.ts";
import { editMethod, findMethod, METHOD_PATH, methodLabels, responseOf } from "../methodEditing.ts";
import { changedAt, entry, patched, type PatchTable, type Settings } from "../patch.ts";
import * as words from "../words.ts";
import { checkModel } from "./methods.ts";

const PATH = `${METHOD_PATH}/responses/{status_code}`;
const labels = { ...methodLabels, status_code: words.statusCode };
const errors = [BadRequestException, ConflictException, LimitExceededException, NotFoundException];
const PARAMETER = /^method\.response\.header\.[\x21-\x7e]+$/;

export async function completeMethodResponse(edit: RestEdit, settings: Settings): Promise<RestMethodResponse> {
  const whole = conforming(words.methodResponse, settings) as Settings & RestMethodResponse;
  const parameter = Object.keys(whole.responseParameters ?? {}).find((one) => !PARAMETER.test(one));
  if (parameter !== undefined) {
    throw new BadRequestException(`Invalid response parameter specified: ${parameter}`);
  }
  for (const model of Object.values(whole.responseModels ?? {})) await checkModel(edit, model);
  return whole;
}

const putMethodResponse = operation({
  name: "PutMethodResponse",
  http: ["PUT", PATH, 201],
  input: structure({ ...labels, ...words.methodResponseMembers }),
  output: words.methodResponse,
  errors,
  async handle(
    { restapi_id, resource_id, http_method, status_code: statusCode, ...input },
    context,
    deps: ApiGatewayDeps,
  ) {
    const name = { restapi_id, resource_id, http_method };
    const method = await editMethod(deps, context, name, async (before, edit) => {
      if (Object.hasOwn(before.methodResponses ?? {}, statusCode)) {
        throw new ConflictException("Response already exists for this resource");
      }
      const response = await completeMethodResponse(edit, given({ ...input, statusCode }));
      return { ...before, methodResponses: { ...before.methodResponses, [statusCode]: response } };
    });
    return responseOf(method.methodResponses, statusCode);
  },
});

const getMethodResponse = operation({
  name: "GetMethodResponse",
  http: ["GET", PATH, 200],
  input: structure(labels),
  output: words.methodResponse,
  errors: [NotFoundException],
  async handle({ status_code, ...name }, context, deps: ApiGatewayDeps) {
    return responseOf((await findMethod(deps, context, name)).methodResponses, status_code);
  },
});

const PATCHES: PatchTable = {
  "/responseParameters/{name}": entry("bool"),
  "/responseModels/{contentType}": entry(),
};

const updateMethodResponse = operation({
  name: "UpdateMethodResponse",
  http: ["PATCH", PATH, 201],
  input: structure({ ...labels, patchOperations: words.patchOperations }),
  output: words.methodResponse,
  errors,
  async handle({ status_code: statusCode, patchOperations, ...name }, context, deps: ApiGatewayDeps) {
    const method = await editMethod(deps, context, name, async (before, edit) => {
      const response = responseOf(before.methodResponses, statusCode) as Settings & RestMethodResponse;
      const changed = await completeMethodResponse(edit, patched(response, patchOperations, PATCHES));
      return { ...before, methodResponses: { ...before.methodResponses, [statusCode]: changed } };
    });
    return responseOf(method.methodResponses, statusCode);
  },
});

const deleteMethodResponse = operation({
  name: "DeleteMethodResponse",
  http: ["DELETE", PATH, 204],
  input: structure(labels),
  errors: [ConflictException, NotFoundException],
  async handle({ status_code, ...name }, context, deps: ApiGatewayDeps) {
    await editMethod(
      deps,
      context,
      name,
      (before) => {
        responseOf(before.methodResponses, status_code);
        return changedAt(before, ["methodResponses", status_code], () => undefined) as typeof before;
      },
      { frees: true },
    );
    return undefined;
  },
});

export const methodResponseOperations = [
  putMethodResponse,
  getMethodResponse,
  updateMethodResponse,
  deleteMethodResponse,
];
