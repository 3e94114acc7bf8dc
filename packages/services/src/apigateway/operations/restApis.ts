import { newApiId, REST_DEPLOYED_KINDS } from "@hearth/apis";
import { NotImplementedException, structure } from "@hearth/model";
import type { ApiRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from "../../apigatewayv2/errors.ts";
import { refuseWhenDiskIsShort } from "../../apigatewayv2/refuseWhenDiskIsShort.ts";
import { withTags } from "../../apigatewayv2/tagging.ts";
import { conforming, editOf, editRestApi, findRestApi, given, REST, type RestEdit } from "../editing.ts";
import { pageOf } from "../paging.ts";
import { element, onlyElement, patched, type PatchTable, scalar, type Settings } from "../patch.ts";
import { keptPolicy, shownPolicy } from "../policy.ts";
import { seconds } from "../times.ts";
import * as words from "../words.ts";
import { defaultModels } from "./models.ts";

const PATH = "/restapis";
const rules = structure(words.restApiMembers);
export const shownRestApi = structure({
  ...words.restApiMembers,
  id: z.string(),
  createdDate: z.number(),
  rootResourceId: z.string(),
  tags: words.shownTags,
  apiStatus: z.string(),
  warnings: z.array(z.string()).optional(),
});

export function answerOf({ apiId, settings, tags, createdMs }: ApiRecord, warnings: readonly string[] = []): object {
  const { policy, ...rest } = settings;
  return {
    ...rest,
    ...(typeof policy === "string" && { policy: shownPolicy(policy) }),
    ...{ id: apiId, createdDate: seconds(createdMs), tags, apiStatus: "AVAILABLE" },
    ...(warnings.length > 0 && { warnings }),
  };
}

/** Adds what the client left out and checks the whole. */
export function completeRestApi(
  owner: Pick<ApiRecord, "apiId" | "accountId" | "region">,
  settings: Settings,
): Settings {
  const { endpointConfiguration, policy } = conforming(rules, settings);
  const { types = ["EDGE"], ...more } = (endpointConfiguration ?? {}) as { readonly types?: readonly string[] };
  if (types.includes("PRIVATE") || "vpcEndpointIds" in more) {
    throw new NotImplementedException("Private APIs and VPC endpoints are not built.");
  }
  return {
    apiKeySource: "HEADER",
    disableExecuteApiEndpoint: false,
    ...settings,
    endpointConfiguration: { ipAddressType: "ipv4", ...more, types: types.length === 0 ? ["EDGE"] : types },
    ...(typeof policy === "string" && { policy: keptPolicy(policy, owner) }),
  };
}

const PATCHES: PatchTable = {
  "/name": scalar("text", { required: true }),
  "/description": scalar(),
  "/version": scalar(),
  "/policy": scalar(),
  "/apiKeySource": scalar("text", { required: true }),
  "/disableExecuteApiEndpoint": scalar("bool", { required: true }),
  "/minimumCompressionSize": scalar("integer"),
  "/binaryMediaTypes/{type}": element(),
  "/endpointConfiguration/types/{type}": onlyElement(),
  "/endpointConfiguration/ipAddressType": scalar("text", { required: true }),
};

/** Creates an API with its root resource and `fill`s it in the same transaction. */
export async function makeRestApi(
  deps: ApiGatewayDeps,
  owner: Pick<ApiRecord, "accountId" | "region">,
  { tags, ...settings }: Settings,
  fill: (edit: RestEdit) => Promise<void>,
): Promise<ApiRecord> {
  refuseWhenDiskIsShort(deps);
  const { accountId, region } = owner;
  const apiId = newApiId(deps.random);
  const rootResourceId = newApiId(deps.random);
  const api = {
    ...{ apiId, accountId, region },
    protocol: "REST" as const,
    settings: { ...completeRestApi({ apiId, accountId, region }, settings), rootResourceId },
    tags: withTags({}, (tags ?? {}) as Record<string, string>),
  };
  const quota = deps.limits.apis;
  return await deps.database.transaction(async (tx) => {
    const created = await deps.apis.create(tx, api, { protocols: REST, quota });
    if (created === "tooMany") {
      throw new LimitExceededException(`Maximum number of REST APIs has been reached: ${quota}`);
    }
    const edit = editOf(deps, tx, created);
    await edit.put("resource", rootResourceId, { id: rootResourceId, path: "/" });
    await fill(edit);
    return created;
  });
}

const createRestApi = operation({
  name: "CreateRestApi",
  http: ["POST", PATH, 201],
  input: structure({
    ...words.restApiMembers,
    cloneFrom: words.id.optional(),
    tags: words.tags.optional(),
    securityPolicy: z.string().optional(),
    endpointAccessMode: z.string().optional(),
  }),
  output: shownRestApi,
  errors: [BadRequestException, ConflictException, LimitExceededException, NotFoundException],
  async handle({ cloneFrom, securityPolicy, endpointAccessMode, ...input }, context, deps: ApiGatewayDeps) {
    if (securityPolicy !== undefined || endpointAccessMode !== undefined) {
      throw new NotImplementedException("Security policies of single APIs are not built: TLS is the installation's.");
    }
    const source = cloneFrom === undefined ? undefined : await findRestApi(deps, context, cloneFrom);
    const api = await makeRestApi(deps, context, given(input), async (edit) => {
      if (source) await copyParts(edit, source);
      else for (const model of defaultModels(deps.random)) await edit.put("model", model.name, model);
    });
    return answerOf(api);
  },
});

/** Copies what another API consists of, except for its stages and deployments. */
async function copyParts(edit: RestEdit, source: ApiRecord): Promise<void> {
  const parts = await edit.deps.parts.all(source.apiId, REST_DEPLOYED_KINDS, edit.tx);
  const { rootResourceId: root } = source.settings;
  const { rootResourceId: ownRoot } = edit.api.settings;
  const renamed = (id: unknown): unknown => (id === root ? ownRoot : id);
  for (const { kind, partId, settings } of parts) {
    if (kind === "resource" && partId === root) continue;
    const { parentId, resourceId, httpMethod } = settings;
    const key = kind === "method" ? `${String(renamed(resourceId))} ${String(httpMethod)}` : partId;
    await edit.put(kind, key, {
      ...settings,
      ...(parentId !== undefined && { parentId: renamed(parentId) }),
      ...(resourceId !== undefined && { resourceId: renamed(resourceId) }),
    });
  }
}

const getRestApi = operation({
  name: "GetRestApi",
  http: ["GET", `${PATH}/{restapi_id}`, 200],
  input: structure({ restapi_id: words.id }),
  output: shownRestApi,
  errors: [NotFoundException],
  handle: async ({ restapi_id }, context, deps: ApiGatewayDeps) =>
    answerOf(await findRestApi(deps, context, restapi_id)),
});

const getRestApis = operation({
  name: "GetRestApis",
  http: ["GET", PATH, 200],
  query: words.pageQuery,
  input: structure(words.pageMembers),
  output: structure({ item: z.array(shownRestApi), position: z.string().optional() }),
  errors: [BadRequestException],
  async handle(page, context, deps: ApiGatewayDeps) {
    const read = deps.apis.list.bind(deps.apis, context, REST);
    const { item, ...rest } = await pageOf(page, read, ({ apiId }) => apiId);
    return { item: item.map((api) => answerOf(api)), ...rest };
  },
});

const updateRestApi = operation({
  name: "UpdateRestApi",
  http: ["PATCH", `${PATH}/{restapi_id}`, 200],
  input: structure({ restapi_id: words.id, patchOperations: words.patchOperations }),
  output: shownRestApi,
  errors: [BadRequestException, ConflictException, LimitExceededException, NotFoundException],
  async handle({ restapi_id, patchOperations }, context, deps: ApiGatewayDeps) {
    return await editRestApi(deps, context, restapi_id, async ({ tx, api }) => {
      const settings = completeRestApi(api, patched(api.settings, patchOperations, PATCHES));
      await deps.apis.change(tx, restapi_id, { settings });
      return answerOf({ ...api, settings });
    });
  },
});

const deleteRestApi = operation({
  name: "DeleteRestApi",
  http: ["DELETE", `${PATH}/{restapi_id}`, 202],
  input: structure({ restapi_id: words.id }),
  errors: [BadRequestException, NotFoundException],
  async handle({ restapi_id }, context, deps: ApiGatewayDeps) {
    const work = async ({ tx }: RestEdit): Promise<undefined> => {
      if (await deps.domains.isMapped(tx, restapi_id)) {
        throw new BadRequestException(
          "Please remove all base path mappings related to the API in your domains before deleting this API.",
        );
      }
      await deps.apis.delete(tx, restapi_id);
    };
    return await editRestApi(deps, context, restapi_id, work, { frees: true });
  },
});

export const restApiOperations = [createRestApi, getRestApi, getRestApis, updateRestApi, deleteRestApi];
