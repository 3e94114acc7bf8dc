import { newApiId } from "@hearth/apis";
import { structure, text } from "@hearth/model";
import type { ApiMapping } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import { BadRequestException, ConflictException, NotFoundException } from "../../apigatewayv2/errors.ts";
import { MAPPINGS_PER_DOMAIN, withMappings } from "../../apigatewayv2/operations/apiMappings.ts";
import { refuseWhenDiskIsShort } from "../../apigatewayv2/refuseWhenDiskIsShort.ts";
import { findRestApi } from "../editing.ts";
import { pageOf } from "../paging.ts";
import { patched, type PatchTable, scalar } from "../patch.ts";
import * as words from "../words.ts";

type Put = Parameters<Parameters<typeof withMappings>[3]>[0];
type Where = Parameters<typeof withMappings>[1];

/** What stands for the mapping without a base path, in paths and in answers. */
const NONE = "(none)";
const PATH = "/domainnames/{domain_name}/basepathmappings";
const keys = { domain_name: words.id, base_path: text({ max: 300 }) };
const errors = [BadRequestException, ConflictException, NotFoundException];
const shown = structure({ basePath: z.string(), restApiId: z.string(), stage: z.string().optional() });

const keyOf = (basePath: string): string => (basePath === NONE ? "" : basePath);
const answer = ({ mappingKey, apiId, stage }: ApiMapping): object => ({
  basePath: mappingKey === "" ? NONE : mappingKey,
  restApiId: apiId,
  ...(stage !== "" && { stage }),
});

function named(mappings: readonly ApiMapping[], basePath: string): ApiMapping {
  const found = mappings.find(({ mappingKey }) => mappingKey === keyOf(basePath));
  if (!found) throw new NotFoundException("Invalid base path mapping identifier specified");
  return found;
}

/** Writes the mapping. The API must be a REST API of the account, and have the stage. Without a stage, requests name it after the base path. */
async function put(deps: ApiGatewayDeps, where: Where, tx: Put, mapping: ApiMapping): Promise<object> {
  const { apiId, stage, mappingKey } = mapping;
  if (mappingKey.includes("/")) {
    throw new BadRequestException(
      "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.",
    );
  }
  if (!/^[A-Za-z0-9$_.+!*'()-]*$/.test(mappingKey)) {
    throw new BadRequestException("Invalid base path specified");
  }
  await findRestApi(deps, where, apiId);
  if (stage !== "" && !(await deps.parts.find({ apiId, kind: "stage", partId: stage }, tx))) {
    throw new BadRequestException("Invalid stage identifier specified");
  }
  if (!(await deps.domains.putMapping(tx, mapping))) {
    throw new ConflictException("Base path already exists for this domain name");
  }
  return answer(mapping);
}

const createBasePathMapping = operation({
  name: "CreateBasePathMapping",
  http: ["POST", PATH, 201],
  input: structure({
    domain_name: words.id,
    basePath: text({ max: 300 }).optional(),
    restApiId: words.id,
    stage: text({ max: 128 }).optional(),
  }),
  output: shown,
  errors,
  async handle({ domain_name, basePath = "", restApiId: apiId, stage = "" }, context, deps: ApiGatewayDeps) {
    refuseWhenDiskIsShort(deps);
    return await withMappings(deps, context, domain_name, async (tx, mappings) => {
      if (mappings.length >= MAPPINGS_PER_DOMAIN) {
        throw new BadRequestException(`The domain name has ${MAPPINGS_PER_DOMAIN} mappings, which is its limit.`);
      }
      const [mappingId, domainName] = [newApiId(deps.random, 6), domain_name.toLowerCase()];
      return await put(deps, context, tx, { domainName, mappingId, mappingKey: keyOf(basePath), apiId, stage });
    });
  },
});

const getBasePathMapping = operation({
  name: "GetBasePathMapping",
  http: ["GET", `${PATH}/{base_path}`, 200],
  input: structure(keys),
  output: shown,
  errors: [NotFoundException],
  async handle({ domain_name, base_path }, context, deps: ApiGatewayDeps) {
    return await withMappings(deps, context, domain_name, async (_, mappings) => answer(named(mappings, base_path)));
  },
});

const getBasePathMappings = operation({
  name: "GetBasePathMappings",
  http: ["GET", PATH, 200],
  query: words.pageQuery,
  input: structure({ domain_name: words.id, ...words.pageMembers }),
  output: structure({ item: z.array(shown), position: z.string().optional() }),
  errors: [BadRequestException, NotFoundException],
  async handle({ domain_name, ...page }, context, deps: ApiGatewayDeps) {
    const mappings = await withMappings(deps, context, domain_name, async (_, all) => all);
    const read = ({ after = "", limit }: { readonly after: string | undefined; readonly limit: number }) =>
      Promise.resolve(mappings.filter(({ mappingId }) => mappingId > after).slice(0, limit));
    const { item, ...rest } = await pageOf(page, read, ({ mappingId }) => mappingId);
    return { item: item.map(answer), ...rest };
  },
});

const PATCHES: PatchTable = {
  "/basePath": scalar("text", { required: true }),
  "/stage": scalar("text", { required: true }),
  "/restapiId": scalar("text", { required: true }),
  "/restApiId": scalar("text", { required: true }),
};

const updateBasePathMapping = operation({
  name: "UpdateBasePathMapping",
  http: ["PATCH", `${PATH}/{base_path}`, 200],
  input: structure({ ...keys, patchOperations: words.patchOperations }),
  output: shown,
  errors,
  async handle({ domain_name, base_path, patchOperations }, context, deps: ApiGatewayDeps) {
    return await withMappings(deps, context, domain_name, async (tx, mappings) => {
      const { domainName, mappingId, mappingKey, apiId, stage } = named(mappings, base_path);
      const changed = patched({ basePath: mappingKey, restApiId: apiId, stage }, patchOperations, PATCHES) as Readonly<
        Record<string, string>
      >;
      const { basePath = "", stage: wanted = "", restapiId, restApiId = "" } = changed;
      const mapping = { mappingKey: keyOf(basePath), apiId: restapiId ?? restApiId, stage: wanted };
      return await put(deps, context, tx, { domainName, mappingId, ...mapping });
    });
  },
});

const deleteBasePathMapping = operation({
  name: "DeleteBasePathMapping",
  http: ["DELETE", `${PATH}/{base_path}`, 202],
  input: structure(keys),
  errors: [BadRequestException, NotFoundException],
  async handle({ domain_name, base_path }, context, deps: ApiGatewayDeps) {
    return await withMappings(deps, context, domain_name, async (tx, mappings) => {
      const { mappingId, domainName } = named(mappings, base_path);
      await deps.domains.deleteMapping(tx, domainName, mappingId);
      return undefined;
    });
  },
});

export const basePathMappingOperations = [
  createBasePathMapping,
  getBasePathMapping,
  getBasePathMappings,
  updateBasePathMapping,
  deleteBasePathMapping,
];
