import type { RestIntegration, RestMethod } from "@hearth/apis";
import type { AccountRegion } from "@hearth/model";
import type { ApiGatewayDeps } from "../apigatewayv2/deps.ts";
import { NotFoundException } from "../apigatewayv2/errors.ts";
import { editRestApi, findRestApi, type RestEdit } from "./editing.ts";
import type { Settings } from "./patch.ts";
import * as words from "./words.ts";

/** A method of a resource is one part: the document holds its responses and its integration. */
export type MethodDocument = Settings & RestMethod;
export type IntegrationDocument = Settings & RestIntegration;

export interface MethodName {
  readonly restapi_id: string;
  readonly resource_id: string;
  readonly http_method: string;
}

export const METHOD_PATH = "/restapis/{restapi_id}/resources/{resource_id}/methods/{http_method}";
export const methodLabels = { restapi_id: words.id, resource_id: words.id, http_method: words.id };

export function methodId({ resource_id, http_method }: Omit<MethodName, "restapi_id">): string {
  return `${resource_id} ${http_method}`;
}

/** Throws NotFoundException. */
export async function findMethod(
  deps: ApiGatewayDeps,
  where: AccountRegion,
  name: MethodName,
): Promise<MethodDocument> {
  await findRestApi(deps, where, name.restapi_id);
  const key = { apiId: name.restapi_id, kind: "method", partId: methodId(name) } as const;
  const part = await deps.parts.find(key);
  if (part) return part.settings as Settings as MethodDocument;
  const resource = await deps.parts.find({ ...key, kind: "resource", partId: name.resource_id });
  throw new NotFoundException(`Invalid ${resource ? "Method" : "Resource"} identifier specified`);
}

/** Replaces the document of a method by what `change` makes of it. */
export async function editMethod(
  deps: ApiGatewayDeps,
  where: AccountRegion,
  name: MethodName,
  change: (method: MethodDocument, edit: RestEdit) => MethodDocument | Promise<MethodDocument>,
  options?: { readonly frees?: boolean },
): Promise<MethodDocument> {
  const work = async (edit: RestEdit): Promise<MethodDocument> => {
    const part = await edit.find("method", methodId(name));
    if (!part) {
      const resource = await edit.find("resource", name.resource_id);
      throw new NotFoundException(`Invalid ${resource ? "Method" : "Resource"} identifier specified`);
    }
    const settings = await change(part.settings as Settings as MethodDocument, edit);
    await edit.put("method", part.partId, settings);
    return settings;
  };
  return await editRestApi(deps, where, name.restapi_id, work, options);
}

/** Throws NotFoundException where the method has none. */
export function integrationOf({ methodIntegration }: MethodDocument): IntegrationDocument {
  if (!methodIntegration) throw new NotFoundException("Invalid Integration identifier specified");
  return methodIntegration as IntegrationDocument;
}

/** An entry of a map by status. Throws NotFoundException. */
export function responseOf<T>(responses: Readonly<Record<string, T>> = {}, statusCode: string): T {
  const found = Object.entries(responses).find(([status]) => status === statusCode)?.[1];
  if (found === undefined) throw new NotFoundException("Invalid Response status code specified");
  return found;
}
