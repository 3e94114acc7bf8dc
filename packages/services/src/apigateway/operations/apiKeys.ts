import { newApiId } from "@hearth/apis";
import { bool, structure, structures, text } from "@hearth/model";
import type { ApiKeyRecord } from "@hearth/store";
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
import { conforming, given } from "../editing.ts";
import { pageOf } from "../paging.ts";
import { patched, type PatchTable, scalar } from "../patch.ts";
import { seconds } from "../times.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
export const KEY_QUOTA = 10_000;
const MIN_VALUE = 20;
const NEW_VALUE = 40;
const PATH = "/apikeys";
const errors = [BadRequestException, ConflictException, LimitExceededException, NotFoundException];
const rules = structure(words.apiKeyMembers);
/** Of the time before usage plans: shown, and gives access to nothing. */
const stageKey = structure({ restApiId: text({ max: 64 }).optional(), stageName: text({ max: 128 }).optional() });
const MAX_STAGE_KEYS = 100;
const shown = structure({
  ...words.apiKeyMembers,
  id: z.string(),
  value: z.string().optional(),
  createdDate: z.number(),
  lastUpdatedDate: z.number(),
  stageKeys: z.array(z.string()),
  tags: words.shownTags,
});

function answer({ keyId, value, settings, tags, createdMs, updatedMs }: ApiKeyRecord, withValue: boolean): object {
  return {
    ...settings,
    id: keyId,
    ...(withValue && { value }),
    createdDate: seconds(createdMs),
    lastUpdatedDate: seconds(updatedMs),
    stageKeys: settings["stageKeys"] ?? [],
    tags,
  };
}

export function noKey(): NotFoundException {
  return new NotFoundException("Invalid API Key identifier specified");
}

const createApiKey = operation({
  name: "CreateApiKey",
  http: ["POST", PATH, 201],
  input: structure({
    ...words.apiKeyMembers,
    value: text({ max: 128 }).optional(),
    stageKeys: structures(stageKey, { max: MAX_STAGE_KEYS }).optional(),
    tags: words.tags.optional(),
  }),
  output: shown,
  errors,
  async handle({ value: wanted, stageKeys = [], tags = {}, ...input }, context, deps: ApiGatewayDeps) {
    const { accountId, region } = context;
    refuseWhenDiskIsShort(deps);
    if (wanted !== undefined && wanted !== "" && wanted.length < MIN_VALUE) {
      throw new BadRequestException(`API Key value should be at least ${MIN_VALUE} characters`);
    }
    const value = wanted === undefined || wanted === "" ? newApiId(deps.random, NEW_VALUE) : wanted;
    const names = stageKeys.map(({ restApiId = "", stageName = "" }) => `${restApiId}/${stageName}`);
    const settings = { enabled: false, ...given(input), ...(names.length > 0 && { stageKeys: names }) };
    const key = { keyId: newApiId(deps.random), accountId, region, value, settings, tags: withTags({}, tags) };
    const created = await deps.database.transaction((tx) => deps.keys.create(tx, key, KEY_QUOTA));
    if (created === "taken") throw new ConflictException("API Key already exists");
    if (created === "tooMany")
      throw new LimitExceededException(`Maximum number of API keys has been reached: ${KEY_QUOTA}`);
    return answer(created, true);
  },
});

const getApiKey = operation({
  name: "GetApiKey",
  http: ["GET", `${PATH}/{api_Key}`, 200],
  query: { includeValue: "includeValue" },
  input: structure({ api_Key: words.id, includeValue: bool().optional() }),
  output: shown,
  errors: [NotFoundException],
  async handle({ api_Key, includeValue = false }, context, { keys }: Pick<ApiGatewayDeps, "keys">) {
    const key = await keys.find(context, api_Key);
    if (!key) throw noKey();
    return answer(key, includeValue);
  },
});

const getApiKeys = operation({
  name: "GetApiKeys",
  http: ["GET", PATH, 200],
  query: { ...words.pageQuery, nameQuery: "name", customerId: "customerId", includeValues: "includeValues" },
  input: structure({
    ...words.pageMembers,
    nameQuery: text().optional(),
    customerId: text().optional(),
    includeValues: bool().optional(),
  }),
  output: structure({ item: z.array(shown), position: z.string().optional() }),
  errors: [BadRequestException],
  async handle(
    { nameQuery: named, customerId, includeValues = false, ...page },
    context,
    { keys }: Pick<ApiGatewayDeps, "keys">,
  ) {
    const { item, ...rest } = await pageOf(
      page,
      (from) => keys.list(context, { ...from, named, customerId }),
      ({ keyId }) => keyId,
    );
    return { item: item.map((key) => answer(key, includeValues)), ...rest };
  },
});

const PATCHES: PatchTable = {
  "/name": scalar(),
  "/description": scalar(),
  "/enabled": scalar("bool", { required: true }),
  "/customerId": scalar(),
};

const updateApiKey = operation({
  name: "UpdateApiKey",
  http: ["PATCH", `${PATH}/{api_Key}`, 200],
  input: structure({ api_Key: words.id, patchOperations: words.patchOperations }),
  output: shown,
  errors,
  async handle({ api_Key, patchOperations }, context, { database, keys }: ApiGatewayDeps) {
    return await database.transaction(async (tx) => {
      const key = await keys.find(context, api_Key, tx);
      if (!key) throw noKey();
      const settings = conforming(rules, patched(key.settings, patchOperations, PATCHES));
      return answer((await keys.change(tx, api_Key, { settings })) ?? key, true);
    });
  },
});

const deleteApiKey = operation({
  name: "DeleteApiKey",
  http: ["DELETE", `${PATH}/{api_Key}`, 202],
  input: structure({ api_Key: words.id }),
  errors: [NotFoundException],
  async handle({ api_Key }, context, { database, keys }: ApiGatewayDeps) {
    await database.transaction(async (tx) => {
      if (!(await keys.find(context, api_Key, tx))) throw noKey();
      await keys.delete(tx, api_Key);
    });
    return undefined;
  },
});

export const apiKeyOperations = [createApiKey, getApiKey, getApiKeys, updateApiKey, deleteApiKey];
