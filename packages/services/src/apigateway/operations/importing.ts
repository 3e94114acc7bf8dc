import { bool, choice, structure, text } from "@hearth/model";
import { operation, type RequestContext, wire } from "@hearth/wire";
import { dump } from "js-yaml";
import { z } from "zod";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from "../../apigatewayv2/errors.ts";
import { editRestApi, findRestApi } from "../editing.ts";
import { applyDefinition } from "../openapi/applyDefinition.ts";
import { exportDefinition, type ExportedApi } from "../openapi/exportDefinition.ts";
import type { ImportedApi } from "../openapi/importedApi.ts";
import { readDefinition } from "../openapi/readDefinition.ts";
import { readDocument } from "../openapi/readDocument.ts";
import type { Settings } from "../patch.ts";
import { DEFINITION, type DefinitionInput, isRole } from "../restQuestions.ts";
import * as words from "../words.ts";
import { defaultModels } from "./models.ts";
import { answerOf, completeRestApi, makeRestApi, shownRestApi } from "./restApis.ts";

const errors = [BadRequestException, ConflictException, LimitExceededException, NotFoundException];
const importing = {
  body: z.instanceof(Uint8Array),
  failOnWarnings: bool().optional(),
  basepath: choice(["ignore", "prepend", "split"]).optional(),
  endpointConfigurationTypes: text().optional(),
};
const importQuery = {
  failOnWarnings: "failonwarnings",
  basepath: "basepath",
  endpointConfigurationTypes: "endpointConfigurationTypes",
};

function check({ warnings }: ImportedApi, failOnWarnings: boolean): void {
  if (failOnWarnings && warnings.length > 0) {
    throw new BadRequestException(`Warnings found during import: ${warnings.join("; ")}`);
  }
}

/** Throws AccessDeniedException for a caller who may not set the policy of the definition or pass its roles. */
async function checkRights(
  context: Pick<RequestContext, "refusalOf">,
  { settings, methods, authorizers }: ImportedApi,
  restapi_id?: string,
): Promise<void> {
  const credentials = [
    ...methods.map(({ integration }) => integration?.["credentials"]),
    ...[...authorizers.values()].map((one) => one["authorizerCredentials"]),
  ];
  const roles = [...new Set(credentials.filter((one) => typeof one === "string"))].filter(isRole);
  const setsPolicy = settings["policy"] !== undefined;
  if (!setsPolicy && roles.length === 0) return;
  const asked: DefinitionInput = { roles, setsPolicy, ...(restapi_id !== undefined && { restapi_id }) };
  const refused = await context.refusalOf(DEFINITION, asked);
  if (refused) throw refused;
}

function withTypes(settings: Settings, types: string | undefined): Settings {
  return types === undefined ? settings : { ...settings, endpointConfiguration: { types: types.split(",") } };
}

const importRestApi = operation({
  name: "ImportRestApi",
  http: ["POST", "/restapis?mode=import", 201],
  query: importQuery,
  payload: "body",
  input: structure(importing),
  output: shownRestApi,
  errors,
  async handle(input, context, deps: ApiGatewayDeps) {
    const { body, failOnWarnings = false, basepath = "ignore", endpointConfigurationTypes } = input;
    const document = readDocument(body);
    const definition = readDefinition(document, "", basepath);
    await checkRights(context, definition);
    let warnings: readonly string[] = [];
    const api = await makeRestApi(
      deps,
      context,
      withTypes(definition.settings, endpointConfigurationTypes),
      async (edit) => {
        const imported = readDefinition(document, edit.api.apiId, basepath);
        check(imported, failOnWarnings);
        ({ warnings } = imported);
        for (const model of defaultModels(deps.random)) await edit.put("model", model.name, model);
        await applyDefinition(edit, imported, false);
      },
    );
    return answerOf(api, warnings);
  },
});

const putRestApi = operation({
  name: "PutRestApi",
  http: ["PUT", "/restapis/{restapi_id}", 200],
  query: { ...importQuery, mode: "mode" },
  payload: "body",
  input: structure({ restapi_id: words.id, ...importing, mode: choice(["merge", "overwrite"]).optional() }),
  output: shownRestApi,
  errors,
  async handle(input, context, deps: ApiGatewayDeps) {
    const { restapi_id, body, failOnWarnings = false, basepath = "ignore", mode = "merge" } = input;
    const imported = readDefinition(readDocument(body), restapi_id, basepath);
    check(imported, failOnWarnings);
    await checkRights(context, imported, restapi_id);
    return await editRestApi(deps, context, restapi_id, async (edit) => {
      const { api, tx } = edit;
      const { rootResourceId, endpointConfiguration } = api.settings;
      const kept = mode === "merge" ? api.settings : { rootResourceId, endpointConfiguration };
      const given = withTypes(imported.settings, input.endpointConfigurationTypes);
      const settings = completeRestApi(api, { ...kept, ...given });
      await deps.apis.change(tx, restapi_id, { settings });
      await applyDefinition(edit, imported, mode === "overwrite");
      return answerOf({ ...api, settings }, imported.warnings);
    });
  },
});

const TYPES = { json: "application/json", yaml: "application/yaml" };

const getExport = operation({
  name: "GetExport",
  http: ["GET", "/restapis/{restapi_id}/stages/{stage_name}/exports/{export_type}", 200],
  query: { extensions: "extensions" },
  headers: { accepts: "Accept" },
  input: structure({
    restapi_id: words.id,
    stage_name: words.stageName,
    export_type: choice(["oas30", "swagger"]),
    extensions: text().optional(),
    accepts: text().optional(),
  }),
  output: structure({
    contentType: wire(z.string(), { header: "Content-Type" }),
    contentDisposition: wire(z.string(), { header: "Content-Disposition" }),
    body: wire(z.instanceof(Uint8Array), { payload: true }),
  }),
  errors,
  async handle(input, context, deps: ApiGatewayDeps) {
    const { restapi_id, stage_name: stageName, export_type: format, extensions = "", accepts = TYPES.json } = input;
    const api = await findRestApi(deps, context, restapi_id);
    const stage = await deps.parts.find({ apiId: restapi_id, kind: "stage", partId: stageName });
    if (!stage) throw new NotFoundException("Invalid stage identifier specified");
    const snapshot = await deps.parts.snapshot(restapi_id, String(stage.settings["deploymentId"]));
    const wanted = new Set(extensions.split(","));
    const document = exportDefinition((snapshot ?? { api: api.settings }) as unknown as ExportedApi, {
      ...{ format, stageName },
      integrations: wanted.has("integrations") || wanted.has("apigateway"),
      authorizers: wanted.has("authorizers") || wanted.has("apigateway"),
      host: new URL(deps.apiEndpoint(api, context.endpoint)).host,
      version: new Date(stage.updatedMs).toISOString(),
    });
    const kind = accepts === TYPES.yaml ? "yaml" : "json";
    const written = kind === "yaml" ? dump(document, { noRefs: true }) : JSON.stringify(document, undefined, 2);
    return {
      contentType: TYPES[kind],
      contentDisposition: `attachment; filename="${format}_${stage.updatedMs}.${kind}"`,
      body: Buffer.from(written),
    };
  },
});

export const importOperations = [importRestApi, putRestApi, getExport];
