import { structure } from "@hearth/model";
import type { ApiPart } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { checkLogGroup } from "../accessLogs.ts";
import type { ApiGatewayDeps } from "../deps.ts";
import { automaticallyDeployed, type Edit, editApi, findApi, freeze } from "../editing.ts";
import { BadRequestException, ConflictException, NotFoundException } from "../errors.ts";
import { pageOf } from "../paging.ts";
import { changed, type Settings, without } from "../partOperations.ts";
import { withTags } from "../tagging.ts";
import { iso } from "../times.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const QUOTA = 10;
const PATH = "/v2/apis/{apiId}/stages";
const shown = structure({
  ...words.stageMembers,
  apiGatewayManaged: z.boolean().optional(),
  createdDate: z.string(),
  lastDeploymentStatusMessage: z.string().optional(),
  lastUpdatedDate: z.string(),
  stageName: z.string(),
  tags: z.record(z.string(), z.string()),
});

function answer({ settings, createdMs, updatedMs }: ApiPart): object {
  return { ...settings, createdDate: iso(createdMs), lastUpdatedDate: iso(updatedMs) };
}

function missing(stageName: string): NotFoundException {
  return new NotFoundException(`Invalid stage identifier specified: ${stageName}`);
}

/** Defaults and checks of a stage. */
async function complete(edit: Edit, given: Settings): Promise<Settings> {
  const settings = {
    defaultRouteSettings: { detailedMetricsEnabled: false },
    routeSettings: {},
    stageVariables: {},
    tags: {},
    ...given,
  };
  if (given["clientCertificateId"] !== undefined) {
    throw new BadRequestException("Invalid client certificate identifier specified");
  }
  checkLogGroup(edit.api, given["accessLogSettings"] as { destinationArn?: string } | undefined);
  const keys = new Set((await edit.all("route")).map(({ settings: route }) => route["routeKey"]));
  for (const key of Object.keys(settings.routeSettings)) {
    if (!keys.has(key))
      throw new NotFoundException(`Unable to find Route by key ${key} within the provided RouteSettings`);
  }
  return settings;
}

/** The deployment that a client names for a stage. */
async function checkDeployment(edit: Edit, { autoDeploy, deploymentId }: Settings, given: unknown): Promise<void> {
  if (given === undefined) return;
  if (autoDeploy === true) {
    throw new BadRequestException("deploymentId cannot be set for a stage that has auto-deploy enabled");
  }
  if (!(await edit.find("deployment", String(deploymentId)))) {
    throw new NotFoundException(`Invalid deployment identifier specified: ${String(deploymentId)}`);
  }
}

/** Creates the stage; one that deploys by itself gets its first deployment. */
export async function createStageIn(edit: Edit, stageName: string, given: Settings): Promise<ApiPart> {
  const settings = await complete(edit, { stageName, ...given });
  await checkDeployment(edit, settings, given["deploymentId"]);
  if (edit.api.protocol === "WEBSOCKET" && stageName === "$default") {
    throw new BadRequestException("Stage name only allows a-zA-Z0-9_- for WEBSOCKET APIs");
  }
  const whole = settings["autoDeploy"] === true ? await automaticallyDeployed(edit, settings) : settings;
  return await edit.put("stage", stageName, whole);
}

const createStage = operation({
  name: "CreateStage",
  http: ["POST", PATH, 201],
  input: structure({
    apiId: words.id,
    stageName: words.stageName,
    ...words.stageMembers,
    tags: words.tags.optional(),
  }),
  output: shown,
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ apiId, stageName, tags = {}, ...given }, context, deps: ApiGatewayDeps) {
    const work = async (edit: Edit): Promise<object> => {
      if (await edit.find("stage", stageName)) throw new ConflictException(`Stage already exists`);
      if ((await edit.all("stage")).length >= QUOTA) {
        throw new BadRequestException(`The API has ${QUOTA} stages, which is its limit.`);
      }
      return answer(await createStageIn(edit, stageName, { ...changed({}, given), tags: withTags({}, tags) }));
    };
    return await editApi(deps, context, apiId, work, { deploys: false });
  },
});

const getStage = operation({
  name: "GetStage",
  http: ["GET", `${PATH}/{stageName}`, 200],
  input: structure({ apiId: words.id, stageName: words.stageName }),
  output: shown,
  errors: [NotFoundException],
  async handle({ apiId, stageName }, context, deps: ApiGatewayDeps) {
    await findApi(deps, context, apiId);
    const part = await deps.parts.find({ apiId, kind: "stage", partId: stageName });
    if (!part) throw missing(stageName);
    return answer(part);
  },
});

const getStages = operation({
  name: "GetStages",
  http: ["GET", PATH, 200],
  query: { maxResults: "maxResults", nextToken: "nextToken" },
  input: structure({
    apiId: words.id,
    maxResults: words.maxResults.optional(),
    nextToken: words.nextToken.optional(),
  }),
  output: structure({ items: z.array(shown), nextToken: z.string().optional() }),
  errors: [BadRequestException, NotFoundException],
  async handle({ apiId, ...page }, context, deps: ApiGatewayDeps) {
    await findApi(deps, context, apiId);
    const read = deps.parts.list.bind(deps.parts, { apiId, kind: "stage" });
    const { items, ...rest } = await pageOf(page, read, ({ partId }) => partId);
    return { items: items.map(answer), ...rest };
  },
});

const updateStage = operation({
  name: "UpdateStage",
  http: ["PATCH", `${PATH}/{stageName}`, 200],
  input: structure({ apiId: words.id, stageName: words.stageName, ...words.stageMembers }),
  output: shown,
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ apiId, stageName, ...changes }, context, deps: ApiGatewayDeps) {
    const work = async (edit: Edit): Promise<object> => {
      const part = await edit.find("stage", stageName);
      if (!part) throw missing(stageName);
      const settings = await complete(edit, changed(part.settings, changes));
      const { autoDeploy, deploymentId } = part.settings;
      await checkDeployment(edit, settings, changes.deploymentId === deploymentId ? undefined : changes.deploymentId);
      if (autoDeploy === true && settings["autoDeploy"] !== true) await freeze(edit, String(deploymentId));
      const begins = autoDeploy !== true && settings["autoDeploy"] === true;
      return answer(
        await edit.put("stage", stageName, begins ? await automaticallyDeployed(edit, settings) : settings),
      );
    };
    return await editApi(deps, context, apiId, work, { deploys: false });
  },
});

const deleteStage = operation({
  name: "DeleteStage",
  http: ["DELETE", `${PATH}/{stageName}`, 204],
  input: structure({ apiId: words.id, stageName: words.stageName }),
  errors: [BadRequestException, NotFoundException],
  async handle({ apiId, stageName }, context, deps: ApiGatewayDeps) {
    const work = async (edit: Edit): Promise<undefined> => {
      const part = await edit.find("stage", stageName);
      if (!part) throw missing(stageName);
      if (await deps.domains.isMapped(edit.tx, apiId, stageName)) {
        throw new BadRequestException(
          "Deleting stages that are referenced by custom domain names is not allowed. Delete the API mapping first",
        );
      }
      await edit.delete("stage", stageName);
      await deps.plans.removeStage(edit.tx, apiId, stageName);
      const deployment = await edit.find("deployment", String(part.settings["deploymentId"]));
      if (deployment?.settings["autoDeployed"] === true) await edit.delete("deployment", deployment.partId);
    };
    return await editApi(deps, context, apiId, work, { deploys: false, frees: true });
  },
});

/** Takes one setting of a stage away. */
async function withoutSetting(
  deps: ApiGatewayDeps,
  context: Parameters<typeof editApi>[1],
  { apiId, stageName }: { readonly apiId: string; readonly stageName: string },
  change: (settings: Settings) => Settings,
): Promise<undefined> {
  const work = async (edit: Edit): Promise<undefined> => {
    const part = await edit.find("stage", stageName);
    if (!part) throw missing(stageName);
    await edit.put("stage", stageName, change(part.settings));
  };
  return await editApi(deps, context, apiId, work, { deploys: false, frees: true });
}

const deleteAccessLogSettings = operation({
  name: "DeleteAccessLogSettings",
  http: ["DELETE", `${PATH}/{stageName}/accesslogsettings`, 204],
  input: structure({ apiId: words.id, stageName: words.stageName }),
  errors: [NotFoundException],
  async handle(input, context, deps: ApiGatewayDeps) {
    return await withoutSetting(deps, context, input, (settings) => without(settings, "accessLogSettings"));
  },
});

const deleteRouteSettings = operation({
  name: "DeleteRouteSettings",
  http: ["DELETE", `${PATH}/{stageName}/routesettings/{routeKey}`, 204],
  input: structure({ apiId: words.id, stageName: words.stageName, routeKey: z.string() }),
  errors: [NotFoundException],
  async handle({ routeKey, ...input }, context, deps: ApiGatewayDeps) {
    return await withoutSetting(deps, context, input, ({ routeSettings, ...rest }) => {
      const { [routeKey]: gone, ...others } = routeSettings as Record<string, unknown>;
      if (gone === undefined)
        throw new NotFoundException(`Unable to find Route by key ${routeKey} within the provided RouteSettings`);
      return { ...rest, routeSettings: others };
    });
  },
});

export const stageOperations = [
  createStage,
  getStage,
  getStages,
  updateStage,
  deleteStage,
  deleteAccessLogSettings,
  deleteRouteSettings,
];
