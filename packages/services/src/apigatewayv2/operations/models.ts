import type { ApiPart } from "@hearth/store";
import { isJsonObject } from "../../apigateway/isJsonObject.ts";
import { BadRequestException, ConflictException } from "../errors.ts";
import { type PartNoun, partOperations, type Settings } from "../partOperations.ts";
import * as words from "../words.ts";

const QUOTA = 200;

interface ModelDocument extends Settings {
  readonly name: string;
  readonly schema: string;
}

/** JSON schemas that messages of WebSocket APIs are checked against. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-models.html */
export const model: PartNoun = {
  noun: "Model",
  kind: "model",
  idMember: "modelId",
  path: "models",
  members: words.modelMembers,
  required: ["name", "schema"],
  quota: () => QUOTA,
  complete: async (edit, given, modelId) => {
    if (edit.api.protocol !== "WEBSOCKET") {
      throw new BadRequestException("Models are only supported for WEBSOCKET APIs");
    }
    const settings = { contentType: "application/json", ...given } as Settings as ModelDocument;
    const { name, schema } = settings;
    if (!/^[A-Za-z0-9]+$/.test(name)) throw new BadRequestException(`Model name must be alphanumeric: ${name}`);
    if (!isJsonObject(schema)) {
      throw new BadRequestException(
        "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]",
      );
    }
    const models = await edit.all("model");
    const before = models.find(({ partId }) => partId === modelId)?.settings as ModelDocument | undefined;
    if (models.some(({ partId, settings: other }) => partId !== modelId && other["name"] === name)) {
      throw new ConflictException(`Model name already exists for this API: ${name}`);
    }
    if (before && before.name !== name) refuseInUse(await edit.all("route"), before.name, "rename");
    return settings;
  },
  checkUnused: async (edit, modelId) => {
    const name = (await edit.find("model", modelId))?.settings["name"];
    refuseInUse(await edit.all("route"), String(name), "delete");
  },
};

function refuseInUse(routes: readonly ApiPart[], name: string, action: "delete" | "rename"): void {
  const user = routes.find(({ settings }) => Object.values(settings["requestModels"] ?? {}).includes(name));
  if (!user) return;
  throw new ConflictException(
    `Cannot ${action} model '${name}', is referenced in route: ${String(user.settings["routeKey"])}`,
  );
}

export const modelOperations = partOperations(model);
