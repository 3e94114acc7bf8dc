import type { RestIntegrationResponse } from "@hearth/apis";
import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from "../../apigatewayv2/errors.ts";
import { conforming, given } from "../editing.ts";
import { checkResponseMappings, invalidMapping } from "../mappings.ts";
import {
  editMethod,
  findMethod,
  integrationOf,
  METHOD_PATH,
  type MethodDocument,
  methodLabels,
  responseOf,
} from "../methodEditing.ts";
import { changedAt, entry, patched, type PatchTable, scalar, type Settings } from "../patch.ts";
import * as words from "../words.ts";

const PATH = `${METHOD_PATH}/integration/responses/{status_code}`;
const labels = { ...methodLabels, status_code: words.statusCode };
const errors = [BadRequestException, ConflictException, LimitExceededException, NotFoundException];

/** The method with this response of its integration. */
export function withIntegrationResponse(method: MethodDocument, settings: Settings): MethodDocument {
  const response = conforming(words.integrationResponse, settings) as Settings & RestIntegrationResponse;
  checkResponseMappings(response.responseParameters);
  const { statusCode } = response;
  const declared = method.methodResponses?.[statusCode]?.responseParameters ?? {};
  const undeclared = Object.keys(response.responseParameters ?? {}).find((one) => !Object.hasOwn(declared, one));
  if (undeclared !== undefined) throw invalidMapping(undeclared, "parameter");
  const integration = integrationOf(method);
  const integrationResponses = { ...integration.integrationResponses, [statusCode]: response };
  return { ...method, methodIntegration: { ...integration, integrationResponses } };
}

const found = (method: MethodDocument, statusCode: string): Settings & RestIntegrationResponse =>
  responseOf(integrationOf(method).integrationResponses, statusCode) as Settings & RestIntegrationResponse;

const putIntegrationResponse = operation({
  name: "PutIntegrationResponse",
  http: ["PUT", PATH, 201],
  input: structure({ ...labels, ...words.integrationResponseMembers }),
  output: words.integrationResponse,
  errors,
  async handle(
    { restapi_id, resource_id, http_method, status_code: statusCode, ...input },
    context,
    deps: ApiGatewayDeps,
  ) {
    const name = { restapi_id, resource_id, http_method };
    const method = await editMethod(deps, context, name, (before) =>
      withIntegrationResponse(before, given({ ...input, statusCode })),
    );
    return found(method, statusCode);
  },
});

const getIntegrationResponse = operation({
  name: "GetIntegrationResponse",
  http: ["GET", PATH, 200],
  input: structure(labels),
  output: words.integrationResponse,
  errors: [NotFoundException],
  handle: async ({ status_code, ...name }, context, deps: ApiGatewayDeps) =>
    found(await findMethod(deps, context, name), status_code),
});

const PATCHES: PatchTable = {
  "/selectionPattern": scalar(),
  "/contentHandling": scalar(),
  "/responseParameters/{name}": entry(),
  "/responseTemplates/{contentType}": entry(),
};

const updateIntegrationResponse = operation({
  name: "UpdateIntegrationResponse",
  http: ["PATCH", PATH, 200],
  input: structure({ ...labels, patchOperations: words.patchOperations }),
  output: words.integrationResponse,
  errors,
  async handle({ status_code, patchOperations, ...name }, context, deps: ApiGatewayDeps) {
    const method = await editMethod(deps, context, name, (before) =>
      withIntegrationResponse(before, patched(found(before, status_code), patchOperations, PATCHES)),
    );
    return found(method, status_code);
  },
});

const deleteIntegrationResponse = operation({
  name: "DeleteIntegrationResponse",
  http: ["DELETE", PATH, 204],
  input: structure(labels),
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ status_code, ...name }, context, deps: ApiGatewayDeps) {
    await editMethod(
      deps,
      context,
      name,
      (method) => {
        found(method, status_code);
        const path = ["methodIntegration", "integrationResponses", status_code];
        return changedAt(method, path, () => undefined) as typeof method;
      },
      { frees: true },
    );
    return undefined;
  },
});

export const integrationResponseOperations = [
  putIntegrationResponse,
  getIntegrationResponse,
  updateIntegrationResponse,
  deleteIntegrationResponse,
];
