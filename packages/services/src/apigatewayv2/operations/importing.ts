import { bool, choice, structure, text } from "@hearth/model";
import { operation, type RequestContext, wire } from "@hearth/wire";
import { dump } from "js-yaml";
import { z } from "zod";
import { readDocument } from "../../apigateway/openapi/readDocument.ts";
import { DEFINITION, type DefinitionInput, isRole } from "../../apigateway/restQuestions.ts";
import type { ApiGatewayDeps } from "../deps.ts";
import { type Edit, editApi, findApi } from "../editing.ts";
import { BadRequestException, ConflictException, NotFoundException } from "../errors.ts";
import { applyHttpDefinition } from "../openapi/applyHttpDefinition.ts";
import { exportHttpDefinition } from "../openapi/exportHttpDefinition.ts";
import { type HttpDefinition, readHttpDefinition } from "../openapi/readHttpDefinition.ts";
import type { Settings } from "../partOperations.ts";
import { withTags } from "../tagging.ts";
import * as words from "../words.ts";
import { completeApi, newApi, shownApi } from "./apis.ts";

const MAX_LENGTH = 6 * 1024 * 1024;
const importing = {
  body: text({ min: 1, max: MAX_LENGTH }),
  basepath: choice(["ignore", "prepend", "split"]).optional(),
  failOnWarnings: bool().optional(),
};
const query = { basepath: "basepath", failOnWarnings: "failOnWarnings" };
const errors = [BadRequestException, ConflictException, NotFoundException];

interface Importing {
  readonly body: string;
  readonly basepath?: "ignore" | "prepend" | "split" | undefined;
  readonly failOnWarnings?: boolean | undefined;
}

/** Rejects with AccessDeniedException for a caller who may not pass the roles of the definition. */
async function read(
  { body, basepath = "ignore", failOnWarnings = false }: Importing,
  context: Pick<RequestContext, "refusalOf">,
): Promise<HttpDefinition> {
  const definition = readHttpDefinition(readDocument(Buffer.from(body)), basepath);
  const { warnings, integrations, authorizers, settings } = definition;
  if (failOnWarnings && warnings.length > 0) {
    throw new BadRequestException(`Warnings found during import: ${warnings.join("; ")}`);
  }
  const cors = words.cors.safeParse(settings["corsConfiguration"] ?? {});
  if (!cors.success) throw new BadRequestException("Invalid CORS configuration in the definition");
  const credentials = [
    ...[...integrations.values()].map((one) => one["credentialsArn"]),
    ...[...authorizers.values()].map((one) => one["authorizerCredentialsArn"]),
  ];
  const roles = [...new Set(credentials.filter((one) => typeof one === "string"))].filter(isRole);
  if (roles.length > 0) {
    const asked: DefinitionInput = { roles, setsPolicy: false };
    const refused = await context.refusalOf(DEFINITION, asked);
    if (refused) throw refused;
  }
  return definition;
}

const importApi = operation({
  name: "ImportApi",
  http: ["PUT", "/v2/apis", 201],
  query,
  input: structure(importing),
  output: words.api,
  errors,
  async handle(input, context, deps: ApiGatewayDeps) {
    const definition = await read(input, context);
    const { accountId, region } = context;
    const settings = completeApi("HTTP", definition.settings);
    const tags = withTags({}, definition.tags);
    const work = async (edit: Edit): Promise<void> => await applyHttpDefinition(edit, definition);
    const api = await newApi(deps, { accountId, region, protocol: "HTTP", settings, tags }, work);
    return withWarnings(shownApi(deps, api, context), definition);
  },
});

const reimportApi = operation({
  name: "ReimportApi",
  http: ["PUT", "/v2/apis/{apiId}", 201],
  query,
  input: structure({ apiId: words.id, ...importing }),
  output: words.api,
  errors,
  async handle({ apiId, ...input }, context, deps: ApiGatewayDeps) {
    const definition = await read(input, context);
    return await editApi(deps, context, apiId, async (edit) => {
      if (edit.api.protocol !== "HTTP") throw new BadRequestException("Only HTTP APIs can be imported");
      const settings = completeApi("HTTP", definition.settings);
      await deps.apis.change(edit.tx, apiId, { settings });
      await applyHttpDefinition(edit, definition);
      return withWarnings(shownApi(deps, { ...edit.api, settings }, context), definition);
    });
  },
});

function withWarnings(shown: object, { warnings }: HttpDefinition): object {
  return warnings.length > 0 ? { ...shown, warnings } : shown;
}

const exportApi = operation({
  name: "ExportApi",
  http: ["GET", "/v2/apis/{apiId}/exports/{specification}", 200],
  query: {
    exportVersion: "exportVersion",
    includeExtensions: "includeExtensions",
    outputType: "outputType",
    stageName: "stageName",
  },
  input: structure({
    apiId: words.id,
    specification: choice(["OAS30"]),
    outputType: choice(["JSON", "YAML"]),
    exportVersion: choice(["1.0"]).optional(),
    includeExtensions: bool().optional(),
    stageName: words.stageName.optional(),
  }),
  output: structure({ body: wire(z.instanceof(Uint8Array), { payload: true }) }),
  errors,
  async handle({ apiId, outputType, includeExtensions = true, stageName }, context, deps: ApiGatewayDeps) {
    const api = await findApi(deps, context, apiId);
    if (api.protocol !== "HTTP") throw new BadRequestException("Only HTTP APIs can be exported");
    const parts = await partsOf(deps, apiId, stageName);
    const document = exportHttpDefinition(
      { api: api.settings, ...parts },
      {
        host: new URL(deps.apiEndpoint(api, context.endpoint)).host,
        stageName,
        version: new Date(api.createdMs).toISOString(),
        includeExtensions,
      },
    );
    const plain = JSON.stringify(document, undefined, 2);
    return { body: Buffer.from(outputType === "YAML" ? dump(JSON.parse(plain), { noRefs: true }) : plain) };
  },
});

/** The parts that a stage serves, or those of the API as it is. */
async function partsOf({ parts }: ApiGatewayDeps, apiId: string, stageName: string | undefined) {
  const kinds = ["route", "integration", "authorizer"] as const;
  const current = async () => await parts.all(apiId, kinds);
  const stage = stageName === undefined ? undefined : await parts.find({ apiId, kind: "stage", partId: stageName });
  if (stageName !== undefined && !stage)
    throw new NotFoundException(`Invalid stage identifier specified: ${stageName}`);
  const { autoDeploy, deploymentId } = stage?.settings ?? {};
  const copied =
    stage && autoDeploy !== true && typeof deploymentId === "string"
      ? await parts.snapshot(apiId, deploymentId)
      : undefined;
  const all = copied ? undefined : await current();
  const [routes, integrations, authorizers] = kinds.map(
    (kind) =>
      (copied?.[kind] as readonly Settings[] | undefined) ??
      (all ?? []).filter((part) => part.kind === kind).map(({ settings }) => settings),
  );
  return { routes: routes ?? [], integrations: integrations ?? [], authorizers: authorizers ?? [] };
}

export const importOperations = [importApi, reimportApi, exportApi];
