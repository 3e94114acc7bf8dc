import { newApiId } from "@hearth/apis";
import { list, structure } from "@hearth/model";
import type { ApiPart } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from "../../apigatewayv2/errors.ts";
import { checkQuota, editRestApi, findRestApi, type RestEdit } from "../editing.ts";
import { pageOf } from "../paging.ts";
import { patched, type PatchTable, scalar, type Settings } from "../patch.ts";
import * as words from "../words.ts";

const PATH = "/restapis/{restapi_id}/resources";
const PART = /^(?:[a-zA-Z0-9._:$~-]+|\{[a-zA-Z0-9._:-]+\+?\})$/;
const keys = { restapi_id: words.id, resource_id: words.id };
const embed = list({ max: 32 }).optional();

export interface ResourceDocument extends Settings {
  readonly id: string;
  readonly parentId?: string;
  readonly pathPart?: string;
  readonly path: string;
}

export function documentOf({ settings }: ApiPart): ResourceDocument {
  return settings as Settings as ResourceDocument;
}

function missing(): NotFoundException {
  return new NotFoundException("Invalid Resource identifier specified");
}

/** Resources with their methods: whole ones only when the client asks for them. */
function withMethods(
  resources: readonly ApiPart[],
  methods: readonly ApiPart[],
  embedded: readonly string[] | undefined,
): readonly object[] {
  return resources.map(({ partId, settings }) => {
    const own = methods.filter(({ settings: method }) => method["resourceId"] === partId);
    if (own.length === 0) return settings;
    const shown = own.map(({ settings: method }) => [
      String(method["httpMethod"]),
      embedded?.includes("methods") ? method : {},
    ]);
    return { ...settings, resourceMethods: Object.fromEntries(shown) as object };
  });
}

/** Creates a resource below another one. */
export async function addResource(edit: RestEdit, parentId: string, pathPart: string): Promise<ResourceDocument> {
  const parent = await edit.find("resource", parentId);
  if (!parent) throw missing();
  const all = (await edit.all("resource")).map(documentOf);
  checkQuota(all.length, edit.deps.limits.routes, "resources for this API");
  const id = newApiId(edit.deps.random, 6);
  const whole = { id, parentId, pathPart, path: pathBelow(documentOf(parent).path, pathPart) };
  checkPlace(whole, all);
  await edit.put("resource", id, whole);
  return whole;
}

function pathBelow(path: string, pathPart: string): string {
  return `${path === "/" ? "" : path}/${pathPart}`;
}

/** Throws where the name is none, or cannot be beside those that the parent already has. */
function checkPlace({ id, parentId, pathPart = "" }: ResourceDocument, all: readonly ResourceDocument[]): void {
  if (!PART.test(pathPart)) {
    throw new BadRequestException(
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
    );
  }
  const parent = all.find((one) => one.id === parentId);
  if (parent?.pathPart?.endsWith("+}") === true) {
    throw new BadRequestException("A greedy path variable cannot have child resources");
  }
  const siblings = all.filter((one) => one.parentId === parentId && one.id !== id);
  if (siblings.some((one) => one.pathPart === pathPart)) {
    throw new ConflictException(`Another resource with the same parent already has this name: ${pathPart}`);
  }
  const isVariable = (part = ""): boolean => part.startsWith("{");
  const isGreedy = (part = ""): boolean => part.endsWith("+}");
  const other = siblings.find(
    (one) => isVariable(pathPart) && isVariable(one.pathPart) && isGreedy(pathPart) === isGreedy(one.pathPart),
  );
  if (other) {
    throw new BadRequestException(
      `A sibling (${other.id}) of this resource already has a variable path part -- only one is allowed`,
    );
  }
  for (let above = parent; above; above = all.find((one) => one.id === above?.parentId)) {
    if (isVariable(pathPart) && above.pathPart?.replace("+", "") === pathPart.replace("+", "")) {
      throw new BadRequestException(`Path variable ${pathPart} is already used by a parent of this resource`);
    }
  }
}

const createResource = operation({
  name: "CreateResource",
  http: ["POST", `${PATH}/{parent_id}`, 201],
  input: structure({ restapi_id: words.id, parent_id: words.id, pathPart: z.string() }),
  output: words.resource,
  errors: [BadRequestException, ConflictException, LimitExceededException, NotFoundException],
  async handle({ restapi_id, parent_id, pathPart }, context, deps: ApiGatewayDeps) {
    return await editRestApi(deps, context, restapi_id, (edit) => addResource(edit, parent_id, pathPart));
  },
});

const getResource = operation({
  name: "GetResource",
  http: ["GET", `${PATH}/{resource_id}`, 200],
  query: { embed: "embed" },
  input: structure({ ...keys, embed }),
  output: words.resource,
  errors: [NotFoundException],
  async handle({ restapi_id, resource_id, embed: embedded }, context, deps: ApiGatewayDeps) {
    await findRestApi(deps, context, restapi_id);
    const part = await deps.parts.find({ apiId: restapi_id, kind: "resource", partId: resource_id });
    if (!part) throw missing();
    const [shown] = withMethods([part], await deps.parts.all(restapi_id, ["method"]), embedded);
    return shown;
  },
});

const getResources = operation({
  name: "GetResources",
  http: ["GET", PATH, 200],
  query: { ...words.pageQuery, embed: "embed" },
  input: structure({ restapi_id: words.id, ...words.pageMembers, embed }),
  output: structure({ item: z.array(words.resource), position: z.string().optional() }),
  errors: [BadRequestException, NotFoundException],
  async handle({ restapi_id, embed: embedded, ...page }, context, deps: ApiGatewayDeps) {
    await findRestApi(deps, context, restapi_id);
    const read = deps.parts.list.bind(deps.parts, { apiId: restapi_id, kind: "resource" });
    const { item, ...rest } = await pageOf(page, read, ({ partId }) => partId);
    return { item: withMethods(item, await deps.parts.all(restapi_id, ["method"]), embedded), ...rest };
  },
});

const PATCHES: PatchTable = {
  "/pathPart": scalar("text", { required: true }),
  "/parentId": scalar("text", { required: true }),
};

/** The resource and all below it. */
function subtree(all: readonly ResourceDocument[], id: string): readonly ResourceDocument[] {
  const own = all.filter((one) => one.id === id);
  const below = all.filter((one) => one.parentId === id);
  return [...own, ...below.flatMap((one) => subtree(all, one.id))];
}

const updateResource = operation({
  name: "UpdateResource",
  http: ["PATCH", `${PATH}/{resource_id}`, 200],
  input: structure({ ...keys, patchOperations: words.patchOperations }),
  output: words.resource,
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ restapi_id, resource_id, patchOperations }, context, deps: ApiGatewayDeps) {
    return await editRestApi(deps, context, restapi_id, async (edit) => {
      const all = (await edit.all("resource")).map(documentOf);
      const before = all.find(({ id }) => id === resource_id);
      if (!before) throw missing();
      if (before.parentId === undefined) throw new BadRequestException("The root resource cannot be updated");
      const moved = patched(before, patchOperations, PATCHES) as ResourceDocument;
      const within = subtree(all, resource_id);
      const parent = all.find(({ id }) => id === moved.parentId);
      if (!parent || within.includes(parent)) throw new BadRequestException("Invalid parent resource specified");
      checkPlace(moved, all);
      const path = pathBelow(parent.path, moved.pathPart ?? "");
      for (const one of within) {
        const settings = one.id === resource_id ? moved : one;
        await edit.put("resource", one.id, { ...settings, path: `${path}${one.path.slice(before.path.length)}` });
      }
      return { ...moved, path };
    });
  },
});

const deleteResource = operation({
  name: "DeleteResource",
  http: ["DELETE", `${PATH}/{resource_id}`, 202],
  input: structure(keys),
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ restapi_id, resource_id }, context, deps: ApiGatewayDeps) {
    const work = async (edit: RestEdit): Promise<undefined> => {
      const all = (await edit.all("resource")).map(documentOf);
      const within = subtree(all, resource_id);
      if (within.length === 0) throw missing();
      if (resource_id === edit.api.settings["rootResourceId"]) {
        throw new BadRequestException("The root resource cannot be deleted");
      }
      const gone = new Set<unknown>(within.map(({ id }) => id));
      for (const { partId, settings } of await edit.all("method")) {
        if (gone.has(settings["resourceId"])) await edit.delete("method", partId);
      }
      for (const { id } of within) await edit.delete("resource", id);
    };
    return await editRestApi(deps, context, restapi_id, work, { frees: true });
  },
});

export const resourceOperations = [createResource, getResource, getResources, updateResource, deleteResource];
