import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from "../../apigatewayv2/errors.ts";
import { conforming, editRestApi, findRestApi, given, type RestEdit } from "../editing.ts";
import { checkGatewayResponseMappings } from "../mappings.ts";
import { pageOf } from "../paging.ts";
import { entry, patched, type PatchTable, scalar, type Settings } from "../patch.ts";
import * as words from "../words.ts";

const PATH = "/restapis/{restapi_id}/gatewayresponses";
const keys = { restapi_id: words.id, response_type: words.responseType };
const errors = [BadRequestException, ConflictException, LimitExceededException, NotFoundException];
const rules = structure(words.gatewayResponseMembers);
const shown = structure({ ...words.gatewayResponseMembers, responseType: z.string(), defaultResponse: z.boolean() });

/** What API Gateway answers unless the API says otherwise. https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
const STATUSES: Readonly<Partial<Record<(typeof words.RESPONSE_TYPES)[number], string>>> = {
  ACCESS_DENIED: "403",
  API_CONFIGURATION_ERROR: "500",
  AUTHORIZER_CONFIGURATION_ERROR: "500",
  AUTHORIZER_FAILURE: "500",
  BAD_REQUEST_BODY: "400",
  BAD_REQUEST_PARAMETERS: "400",
  EXPIRED_TOKEN: "403",
  INTEGRATION_FAILURE: "504",
  INTEGRATION_TIMEOUT: "504",
  INVALID_API_KEY: "403",
  INVALID_SIGNATURE: "403",
  MISSING_AUTHENTICATION_TOKEN: "403",
  QUOTA_EXCEEDED: "429",
  REQUEST_TOO_LARGE: "413",
  RESOURCE_NOT_FOUND: "404",
  THROTTLED: "429",
  UNAUTHORIZED: "401",
  UNSUPPORTED_MEDIA_TYPE: "415",
  WAF_FILTERED: "403",
};

function defaultOf(responseType: (typeof words.RESPONSE_TYPES)[number]): Settings {
  const statusCode = STATUSES[responseType];
  return {
    responseType,
    ...(statusCode !== undefined && { statusCode }),
    responseParameters: {},
    responseTemplates: { "application/json": '{"message":$context.error.messageString}' },
    defaultResponse: true,
  };
}

/** Checks the response and writes it. */
export async function putGatewayResponse(edit: RestEdit, settings: Settings): Promise<Settings> {
  const responseType = String(settings["responseType"]);
  conforming(rules, settings);
  checkGatewayResponseMappings(settings["responseParameters"] as Readonly<Record<string, string>> | undefined);
  return (await edit.put("gatewayResponse", responseType, { ...settings, defaultResponse: false })).settings;
}

const put = operation({
  name: "PutGatewayResponse",
  http: ["PUT", `${PATH}/{response_type}`, 201],
  input: structure({ ...keys, ...words.gatewayResponseMembers }),
  output: shown,
  errors,
  async handle({ restapi_id, response_type, ...input }, context, deps: ApiGatewayDeps) {
    const { statusCode } = defaultOf(response_type);
    const settings = given({ statusCode, responseParameters: {}, responseTemplates: {}, ...given(input) });
    return await editRestApi(deps, context, restapi_id, (edit) =>
      putGatewayResponse(edit, { ...settings, responseType: response_type }),
    );
  },
});

const get = operation({
  name: "GetGatewayResponse",
  http: ["GET", `${PATH}/{response_type}`, 200],
  input: structure(keys),
  output: shown,
  errors: [NotFoundException],
  async handle({ restapi_id, response_type }, context, deps: ApiGatewayDeps) {
    await findRestApi(deps, context, restapi_id);
    const part = await deps.parts.find({ apiId: restapi_id, kind: "gatewayResponse", partId: response_type });
    return part?.settings ?? defaultOf(response_type);
  },
});

const list = operation({
  name: "GetGatewayResponses",
  http: ["GET", PATH, 200],
  query: words.pageQuery,
  input: structure({ restapi_id: words.id, ...words.pageMembers }),
  output: structure({ item: z.array(shown), position: z.string().optional() }),
  errors: [BadRequestException, NotFoundException],
  async handle({ restapi_id, ...page }, context, deps: ApiGatewayDeps) {
    await findRestApi(deps, context, restapi_id);
    const parts = await deps.parts.all(restapi_id, ["gatewayResponse"]);
    const own = new Map(parts.map(({ partId, settings }) => [partId, settings]));
    const all = words.RESPONSE_TYPES.toSorted().map((type) => own.get(type) ?? defaultOf(type));
    const keyOf = ({ responseType }: Settings): string => String(responseType);
    return await pageOf(
      page,
      ({ after = "", limit }) => Promise.resolve(all.filter((one) => keyOf(one) > after).slice(0, limit)),
      keyOf,
    );
  },
});

const PATCHES: PatchTable = {
  "/statusCode": scalar(),
  "/responseParameters/{name}": entry(),
  "/responseTemplates/{contentType}": entry(),
};

const update = operation({
  name: "UpdateGatewayResponse",
  http: ["PATCH", `${PATH}/{response_type}`, 200],
  input: structure({ ...keys, patchOperations: words.patchOperations }),
  output: shown,
  errors,
  async handle({ restapi_id, response_type, patchOperations }, context, deps: ApiGatewayDeps) {
    return await editRestApi(deps, context, restapi_id, async (edit) => {
      const before = (await edit.find("gatewayResponse", response_type))?.settings ?? defaultOf(response_type);
      return await putGatewayResponse(edit, patched(before, patchOperations, PATCHES));
    });
  },
});

const remove = operation({
  name: "DeleteGatewayResponse",
  http: ["DELETE", `${PATH}/{response_type}`, 202],
  input: structure(keys),
  errors: [NotFoundException],
  async handle({ restapi_id, response_type }, context, deps: ApiGatewayDeps) {
    const work = async (edit: RestEdit): Promise<undefined> => {
      if (!(await edit.find("gatewayResponse", response_type))) {
        throw new NotFoundException("Gateway response type not defined on api");
      }
      await edit.delete("gatewayResponse", response_type);
    };
    return await editRestApi(deps, context, restapi_id, work, { frees: true });
  },
});

export const gatewayResponseOperations = [put, get, list, update, remove];
