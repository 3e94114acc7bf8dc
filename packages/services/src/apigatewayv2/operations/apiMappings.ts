import { newApiId } from "@hearth/apis";
import { structure } from "@hearth/model";
import type { ApiMapping, Transaction } from "@hearth/store";
import { operation, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../deps.ts";
import { noApi } from "../editing.ts";
import { BadRequestException, ConflictException, NotFoundException } from "../errors.ts";
import { pageOf } from "../paging.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import * as words from "../words.ts";
import { noDomain } from "./domainNames.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
export const MAPPINGS_PER_DOMAIN = 200;
const PATH = "/v2/domainnames/{domainName}/apimappings";
const keys = { domainName: words.domainName, apiMappingId: words.id };

const answer = ({ apiId, mappingId, mappingKey, stage }: ApiMapping): object => ({
  ...{ apiId, apiMappingId: mappingId, apiMappingKey: mappingKey, stage },
});

type Where = Pick<RequestContext, "accountId" | "region">;

/** Does `work` with the mappings of a domain name, which stay as they are until it ends. */
export async function withMappings<T>(
  { database, domains }: Pick<ApiGatewayDeps, "database" | "domains">,
  where: Where,
  domainName: string,
  work: (tx: Transaction, mappings: readonly ApiMapping[]) => Promise<T>,
): Promise<T> {
  return await database.transaction(async (tx) => {
    const domain = await domains.lock(tx, where, domainName.toLowerCase());
    if (!domain) throw noDomain(domainName);
    return await work(tx, await domains.mappings(domain.domainName, tx));
  });
}

function named(mappings: readonly ApiMapping[], apiMappingId: string): ApiMapping {
  const found = mappings.find(({ mappingId }) => mappingId === apiMappingId);
  if (!found) throw new NotFoundException(`Invalid API mapping identifier specified: ${apiMappingId}`);
  return found;
}

/** Writes the mapping. The API must be the account's, and have the stage. */
async function put(deps: ApiGatewayDeps, where: Where, tx: Transaction, mapping: ApiMapping): Promise<object> {
  const { apiId, stage, mappingKey } = mapping;
  if (!(await deps.apis.find(where, apiId, ["HTTP", "WEBSOCKET", "REST"]))) throw noApi(where, apiId);
  if (!(await deps.parts.find({ apiId, kind: "stage", partId: stage }, tx))) {
    throw new BadRequestException(`Invalid stage identifier specified: ${stage}`);
  }
  if (mappingKey.startsWith("/") || mappingKey.endsWith("/") || mappingKey.includes("//")) {
    throw new BadRequestException("API mapping key should not start with a '/' or have consecutive '/'s.");
  }
  if (!(await deps.domains.putMapping(tx, mapping))) {
    throw new ConflictException("The API mapping key already exists for this domain name");
  }
  return answer(mapping);
}

const createApiMapping = operation({
  name: "CreateApiMapping",
  http: ["POST", PATH, 201],
  input: structure({
    domainName: words.domainName,
    apiId: words.id,
    apiMappingKey: words.mappingKey.optional(),
    stage: words.stageName,
  }),
  output: words.mapping,
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ domainName, apiId, apiMappingKey: mappingKey = "", stage }, context, deps: ApiGatewayDeps) {
    refuseWhenDiskIsShort(deps);
    return await withMappings(deps, context, domainName, async (tx, mappings) => {
      if (mappings.length >= MAPPINGS_PER_DOMAIN)
        throw new BadRequestException(`The domain name has ${MAPPINGS_PER_DOMAIN} mappings, which is its limit.`);
      const mappingId = newApiId(deps.random, 6);
      return await put(deps, context, tx, {
        domainName: domainName.toLowerCase(),
        mappingId,
        mappingKey,
        apiId,
        stage,
      });
    });
  },
});

const getApiMapping = operation({
  name: "GetApiMapping",
  http: ["GET", `${PATH}/{apiMappingId}`, 200],
  input: structure(keys),
  output: words.mapping,
  errors: [BadRequestException, NotFoundException],
  async handle({ domainName, apiMappingId }, context, deps: ApiGatewayDeps) {
    return await withMappings(deps, context, domainName, async (_, mappings) => answer(named(mappings, apiMappingId)));
  },
});

const getApiMappings = operation({
  name: "GetApiMappings",
  http: ["GET", PATH, 200],
  query: { maxResults: "maxResults", nextToken: "nextToken" },
  input: structure({
    domainName: words.domainName,
    maxResults: words.maxResults.optional(),
    nextToken: words.nextToken.optional(),
  }),
  output: structure({ items: z.array(words.mapping), nextToken: z.string().optional() }),
  errors: [BadRequestException, NotFoundException],
  async handle({ domainName, ...page }, context, deps: ApiGatewayDeps) {
    const mappings = await withMappings(deps, context, domainName, async (_, all) => all);
    const read = ({ after = "", limit }: { readonly after: string | undefined; readonly limit: number }) =>
      Promise.resolve(mappings.filter(({ mappingId }) => mappingId > after).slice(0, limit));
    const { items, ...rest } = await pageOf(page, read, ({ mappingId }) => mappingId);
    return { items: items.map(answer), ...rest };
  },
});

const updateApiMapping = operation({
  name: "UpdateApiMapping",
  http: ["PATCH", `${PATH}/{apiMappingId}`, 200],
  input: structure({
    ...keys,
    apiId: words.id,
    apiMappingKey: words.mappingKey.optional(),
    stage: words.stageName.optional(),
  }),
  output: words.mapping,
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ domainName, apiMappingId, apiId, apiMappingKey, stage }, context, deps: ApiGatewayDeps) {
    return await withMappings(deps, context, domainName, async (tx, mappings) => {
      const before = named(mappings, apiMappingId);
      const changes = { apiId, mappingKey: apiMappingKey ?? before.mappingKey, stage: stage ?? before.stage };
      return await put(deps, context, tx, { ...before, ...changes });
    });
  },
});

const deleteApiMapping = operation({
  name: "DeleteApiMapping",
  http: ["DELETE", `${PATH}/{apiMappingId}`, 204],
  input: structure(keys),
  errors: [BadRequestException, NotFoundException],
  async handle({ domainName, apiMappingId }, context, deps: ApiGatewayDeps) {
    return await withMappings(deps, context, domainName, async (tx, mappings) => {
      const { mappingId, domainName: name } = named(mappings, apiMappingId);
      await deps.domains.deleteMapping(tx, name, mappingId);
      return undefined;
    });
  },
});

export const apiMappingOperations = [
  createApiMapping,
  getApiMapping,
  getApiMappings,
  updateApiMapping,
  deleteApiMapping,
];
