import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from "../../apigatewayv2/errors.ts";
import { given } from "../editing.ts";
import { completeIntegration } from "../integrationRules.ts";
import { editMethod, findMethod, integrationOf, METHOD_PATH, methodLabels } from "../methodEditing.ts";
import { changedAt, element, entry, patched, type PatchTable, scalar } from "../patch.ts";
import * as words from "../words.ts";

const PATH = `${METHOD_PATH}/integration`;
const errors = [BadRequestException, ConflictException, LimitExceededException, NotFoundException];

const putIntegration = operation({
  name: "PutIntegration",
  http: ["PUT", PATH, 201],
  input: structure({ ...methodLabels, ...words.integrationMembers }),
  output: words.integration,
  errors,
  async handle({ restapi_id, resource_id, http_method, ...input }, context, deps: ApiGatewayDeps) {
    const name = { restapi_id, resource_id, http_method };
    const methodIntegration = completeIntegration(resource_id, given(input));
    await editMethod(deps, context, name, (method) => ({ ...method, methodIntegration }));
    return methodIntegration;
  },
});

const getIntegration = operation({
  name: "GetIntegration",
  http: ["GET", PATH, 200],
  input: structure(methodLabels),
  output: words.integration,
  errors: [NotFoundException],
  handle: async (name, context, deps: ApiGatewayDeps) => integrationOf(await findMethod(deps, context, name)),
});

const PATCHES: PatchTable = {
  "/type": scalar("text", { required: true }),
  "/httpMethod": scalar(),
  "/uri": scalar(),
  "/connectionType": scalar(),
  "/connectionId": scalar(),
  "/credentials": scalar(),
  "/passthroughBehavior": scalar(),
  "/contentHandling": scalar(),
  "/timeoutInMillis": scalar("integer"),
  "/cacheNamespace": scalar(),
  "/cacheKeyParameters/{name}": element(),
  "/requestParameters/{name}": entry(),
  "/requestTemplates/{contentType}": entry(),
  "/tlsConfig/insecureSkipVerification": scalar("bool"),
  "/responseTransferMode": scalar(),
};

const updateIntegration = operation({
  name: "UpdateIntegration",
  http: ["PATCH", PATH, 200],
  input: structure({ ...methodLabels, patchOperations: words.patchOperations }),
  output: words.integration,
  errors,
  async handle({ patchOperations, ...name }, context, deps: ApiGatewayDeps) {
    const method = await editMethod(deps, context, name, (before) => {
      const settings = patched(integrationOf(before), patchOperations, PATCHES);
      return { ...before, methodIntegration: completeIntegration(name.resource_id, settings) };
    });
    return integrationOf(method);
  },
});

const deleteIntegration = operation({
  name: "DeleteIntegration",
  http: ["DELETE", PATH, 204],
  input: structure(methodLabels),
  errors: [ConflictException, NotFoundException],
  async handle(name, context, deps: ApiGatewayDeps) {
    await editMethod(
      deps,
      context,
      name,
      (method) => {
        integrationOf(method);
        return changedAt(method, ["methodIntegration"], () => undefined) as typeof method;
      },
      { frees: true },
    );
    return undefined;
  },
});

export const restIntegrationOperations = [putIntegration, getIntegration, updateIntegration, deleteIntegration];
