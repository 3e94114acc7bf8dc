import { structure } from "@hearth/model";
import { BadRequestException } from "../../apigatewayv2/errors.ts";
import { conforming, type RestEdit } from "../editing.ts";
import { completeIntegration } from "../integrationRules.ts";
import type { MethodDocument } from "../methodEditing.ts";
import { putGatewayResponse } from "../operations/gatewayResponses.ts";
import { withIntegrationResponse } from "../operations/integrationResponses.ts";
import { completeMethodResponse } from "../operations/methodResponses.ts";
import { addMethod } from "../operations/methods.ts";
import { model } from "../operations/models.ts";
import { requestValidator } from "../operations/requestValidators.ts";
import { addResource, documentOf } from "../operations/resources.ts";
import { restAuthorizer } from "../operations/restAuthorizers.ts";
import type { Settings } from "../patch.ts";
import { createRestPart } from "../restParts.ts";
import * as words from "../words.ts";
import type { ImportedApi, ImportedMethod } from "./importedApi.ts";

/** Writes what a definition says into an API. `overwrite`: what it does not say is deleted, except for stages and deployments. */
export async function applyDefinition(edit: RestEdit, imported: ImportedApi, overwrite: boolean): Promise<void> {
  if (overwrite) await deleteParts(edit);
  for (const [name, { schema, description }] of imported.models) {
    await edit.delete("model", name);
    const settings = { name, contentType: "application/json", schema: JSON.stringify(schema) };
    await createRestPart(edit, model, { ...settings, ...(description !== undefined && { description }) });
  }
  const validators = await named(edit, imported.validators, "requestValidator");
  const authorizers = await named(edit, imported.authorizers, "authorizer");
  for (const [type, settings] of imported.gatewayResponses) {
    if (!words.RESPONSE_TYPES.some((one) => one === type)) {
      throw new BadRequestException(`Invalid gateway response type specified: ${type}`);
    }
    await putGatewayResponse(edit, settings);
  }
  const resources = new Resources(edit, (await edit.all("resource")).map(documentOf));
  for (const path of imported.paths) await resources.idOf(path);
  if (overwrite) await resources.deleteUnused();
  for (const method of imported.methods) {
    const resourceId = await resources.idOf(method.path);
    await applyMethod(edit, resourceId, method, { validators, authorizers });
  }
}

async function deleteParts(edit: RestEdit): Promise<void> {
  for (const kind of ["method", "gatewayResponse", "authorizer", "requestValidator", "model"] as const) {
    for (const { partId } of await edit.all(kind)) await edit.delete(kind, partId);
  }
}

/** Creates or replaces parts that have ids besides names. Resolves with the ids of all parts of the kind by name. */
async function named(
  edit: RestEdit,
  wanted: ReadonlyMap<string, Settings>,
  kind: "authorizer" | "requestValidator",
): Promise<ReadonlyMap<string, string>> {
  const noun = kind === "authorizer" ? restAuthorizer : requestValidator;
  const ids = new Map((await edit.all(kind)).map(({ partId, settings }) => [String(settings["name"]), partId]));
  for (const [name, settings] of wanted) {
    const before = ids.get(name);
    if (before !== undefined) {
      await edit.put(
        kind,
        before,
        await noun.complete(edit, conforming(structure(noun.members), { ...settings, name, id: before })),
      );
      continue;
    }
    const { id } = await createRestPart(edit, noun, { ...settings, name });
    ids.set(name, String(id));
  }
  return ids;
}

/** The resources of an API by their paths. */
class Resources {
  readonly #edit: RestEdit;
  readonly #ids: Map<string, string>;
  readonly #used = new Set<string>(["/"]);

  constructor(edit: RestEdit, resources: readonly { readonly path: string; readonly id: string }[]) {
    this.#edit = edit;
    this.#ids = new Map(resources.map(({ path, id }) => [path, id]));
  }

  /** Creates the resource, and those above it, where there is none. */
  async idOf(path: string): Promise<string> {
    let id = this.#ids.get("/") ?? "";
    let whole = "";
    for (const part of path.split("/").slice(1)) {
      if (part === "" && path === "/") break;
      whole += `/${part}`;
      this.#used.add(whole);
      const known = this.#ids.get(whole);
      id = known ?? (await addResource(this.#edit, id, part)).id;
      this.#ids.set(whole, id);
    }
    return id;
  }

  async deleteUnused(): Promise<void> {
    for (const [path, id] of this.#ids) {
      if (!this.#used.has(path)) await this.#edit.delete("resource", id);
    }
  }
}

async function applyMethod(
  edit: RestEdit,
  resource_id: string,
  method: ImportedMethod,
  ids: { readonly validators: ReadonlyMap<string, string>; readonly authorizers: ReadonlyMap<string, string> },
): Promise<void> {
  const { httpMethod: http_method, integration } = method;
  const idOf = (known: ReadonlyMap<string, string>, name: string | undefined, what: string): string | undefined => {
    if (name === undefined) return undefined;
    const id = known.get(name);
    if (id === undefined) throw new BadRequestException(`Invalid ${what} specified: ${name}`);
    return id;
  };
  const requestValidatorId = idOf(ids.validators, method.validator, "request validator");
  const authorizerId = idOf(ids.authorizers, method.authorizer, "authorizer");
  const partId = `${resource_id} ${http_method}`;
  await edit.delete("method", partId);
  let document: MethodDocument = await addMethod(
    edit,
    { resource_id, http_method },
    {
      ...method.settings,
      ...(requestValidatorId !== undefined && { requestValidatorId }),
      ...(authorizerId !== undefined && { authorizerId }),
    },
  );
  for (const response of method.responses) {
    const whole = await completeMethodResponse(edit, response);
    document = { ...document, methodResponses: { ...document.methodResponses, [whole.statusCode]: whole } };
  }
  if (integration) {
    document = { ...document, methodIntegration: completeIntegration(resource_id, integration) };
    for (const response of method.integrationResponses) document = withIntegrationResponse(document, response);
  }
  await edit.put("method", partId, document);
}
