import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from "../../apigatewayv2/errors.ts";
import { conforming, editRestApi, given, type RestEdit } from "../editing.ts";
import { invalidMapping } from "../mappings.ts";
import { editMethod, findMethod, METHOD_PATH, type MethodDocument, methodId, methodLabels } from "../methodEditing.ts";
import { elements, entry, patched, type PatchTable, scalar, type Settings } from "../patch.ts";
import * as words from "../words.ts";

const METHODS = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
const PARAMETER = /^method\.request\.(?:querystring|header|path|multivaluequerystring|multivalueheader)\.[\x21-\x7e]+$/;
const errors = [BadRequestException, ConflictException, LimitExceededException, NotFoundException];
const rules = structure(words.methodMembers);

/** Adds what the client left out and checks the whole. */
export async function completeMethod(edit: RestEdit, settings: Settings): Promise<MethodDocument> {
  const { authorizerId, authorizationScopes, ...whole } = conforming(rules, {
    apiKeyRequired: false,
    ...settings,
  }) as Settings & MethodDocument;
  const parameter = Object.keys(whole.requestParameters ?? {}).find((one) => !PARAMETER.test(one));
  if (parameter !== undefined) throw invalidMapping(parameter);
  for (const model of Object.values(whole.requestModels ?? {})) await checkModel(edit, model);
  const { requestValidatorId } = whole;
  if (requestValidatorId !== undefined && !(await edit.find("requestValidator", requestValidatorId))) {
    throw new BadRequestException("Invalid Request Validator identifier specified");
  }
  if (whole.authorizationType !== "CUSTOM" && whole.authorizationType !== "COGNITO_USER_POOLS") return whole;
  const authorizer = authorizerId === undefined ? undefined : await edit.find("authorizer", authorizerId);
  if (authorizerId === undefined || !authorizer) {
    throw new BadRequestException(
      "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
    );
  }
  if ((authorizer.settings["type"] === "COGNITO_USER_POOLS") !== (whole.authorizationType === "COGNITO_USER_POOLS")) {
    throw new BadRequestException("Invalid authorizer ID specified. It is of another type than the authorization.");
  }
  return { ...whole, authorizerId, ...(authorizationScopes && { authorizationScopes }) };
}

/** Throws BadRequestException unless the API has the model. */
export async function checkModel(edit: RestEdit, name: string): Promise<void> {
  if (await edit.find("model", name)) return;
  throw new BadRequestException(`Invalid model identifier specified: ${name}`);
}

/** Creates a method without an integration. */
export async function addMethod(
  edit: RestEdit,
  { resource_id, http_method }: { readonly resource_id: string; readonly http_method: string },
  settings: Settings,
): Promise<MethodDocument> {
  if (!METHODS.includes(http_method)) throw new BadRequestException("Invalid HTTP method specified");
  if (!(await edit.find("resource", resource_id))) throw new NotFoundException("Invalid Resource identifier specified");
  const partId = methodId({ resource_id, http_method });
  if (await edit.find("method", partId)) throw new ConflictException("Method already exists for this resource");
  const method = await completeMethod(edit, { ...settings, resourceId: resource_id, httpMethod: http_method });
  await edit.put("method", partId, method);
  return method;
}

const putMethod = operation({
  name: "PutMethod",
  http: ["PUT", METHOD_PATH, 201],
  input: structure({ ...methodLabels, ...words.methodMembers }),
  output: words.method,
  errors,
  async handle({ restapi_id, resource_id, http_method, ...input }, context, deps: ApiGatewayDeps) {
    const name = { resource_id, http_method };
    return await editRestApi(deps, context, restapi_id, (edit) => addMethod(edit, name, given(input)));
  },
});

const getMethod = operation({
  name: "GetMethod",
  http: ["GET", METHOD_PATH, 200],
  input: structure(methodLabels),
  output: words.method,
  errors: [NotFoundException],
  handle: async (name, context, deps: ApiGatewayDeps) => await findMethod(deps, context, name),
});

const PATCHES: PatchTable = {
  "/authorizationType": scalar("text", { required: true }),
  "/authorizerId": scalar(),
  "/authorizationScopes": elements(),
  "/apiKeyRequired": scalar("bool", { required: true }),
  "/operationName": scalar(),
  "/requestValidatorId": scalar(),
  "/requestParameters/{name}": entry("bool"),
  "/requestModels/{contentType}": entry(),
};

const updateMethod = operation({
  name: "UpdateMethod",
  http: ["PATCH", METHOD_PATH, 200],
  input: structure({ ...methodLabels, patchOperations: words.patchOperations }),
  output: words.method,
  errors,
  async handle({ patchOperations, ...name }, context, deps: ApiGatewayDeps) {
    return await editMethod(deps, context, name, (method, edit) =>
      completeMethod(edit, patched(method, patchOperations, PATCHES)),
    );
  },
});

const deleteMethod = operation({
  name: "DeleteMethod",
  http: ["DELETE", METHOD_PATH, 204],
  input: structure(methodLabels),
  errors: [ConflictException, NotFoundException],
  async handle(name, context, deps: ApiGatewayDeps) {
    const work = async (edit: RestEdit): Promise<undefined> => {
      if (!(await edit.find("method", methodId(name)))) {
        throw new NotFoundException("Invalid Method identifier specified");
      }
      await edit.delete("method", methodId(name));
    };
    return await editRestApi(deps, context, name.restapi_id, work, { frees: true });
  },
});

export const methodOperations = [putMethod, getMethod, updateMethod, deleteMethod];
