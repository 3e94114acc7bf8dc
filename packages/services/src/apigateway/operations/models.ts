import { newApiId } from "@hearth/apis";
import type { Random } from "@hearth/kit";
import { BadRequestException, ConflictException } from "../../apigatewayv2/errors.ts";
import { isJsonObject } from "../isJsonObject.ts";
import type { MethodDocument } from "../methodEditing.ts";
import { scalar, type Settings } from "../patch.ts";
import { type RestNoun, restPartOperations } from "../restParts.ts";
import * as words from "../words.ts";

const SCHEMA = "http://json-schema.org/draft-04/schema#";

/** The models that every new API has. */
export function defaultModels(random: Pick<Random, "hex">): readonly (Settings & { readonly name: string })[] {
  const of = (name: string, description: string, schema: object) => ({
    ...{ id: newApiId(random, 6), name, description, contentType: "application/json" },
    schema: JSON.stringify({ $schema: SCHEMA, title: `${name} Schema`, type: "object", ...schema }, undefined, 2),
  });
  return [
    of("Empty", "This is a default empty schema model", {}),
    of("Error", "This is a default error schema model", { properties: { message: { type: "string" } } }),
  ];
}

/** https://docs.aws.amazon.com/apigateway/latest/api/API_Model.html */
export const model: RestNoun = {
  noun: "Model",
  kind: "model",
  path: "models",
  label: "model_name",
  members: words.modelMembers,
  patches: { "/description": scalar(), "/schema": scalar() },
  quota: 200,
  missing: "Invalid model name specified",
  newPartId: (_, { name }) => String(name),
  complete: ({ deps }, settings) => {
    const { name, schema } = settings as { readonly name: string; readonly schema?: string };
    if (!/^[A-Za-z0-9]+$/.test(name)) {
      throw new BadRequestException(`Model name must be alphanumeric: ${name}`);
    }
    if (schema !== undefined && !isJsonObject(schema)) {
      throw new BadRequestException(
        "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]",
      );
    }
    return { ...settings, id: settings["id"] ?? newApiId(deps.random, 6) };
  },
  checkUnused: async (edit, name) => {
    const uses = (models: Readonly<Record<string, string>> = {}): boolean => Object.values(models).includes(name);
    const user = (await edit.all("method"))
      .map(({ settings }) => settings as Settings as MethodDocument)
      .find(
        ({ requestModels, methodResponses = {} }) =>
          uses(requestModels) || Object.values(methodResponses).some(({ responseModels }) => uses(responseModels)),
      );
    if (user) {
      throw new ConflictException(
        `Cannot delete model '${name}', is referenced in method: ${user.httpMethod} of resource ${user.resourceId}`,
      );
    }
  },
};

export const modelOperations = restPartOperations(model);
