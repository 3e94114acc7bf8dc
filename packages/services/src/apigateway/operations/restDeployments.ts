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
import { checkQuota, copyTo, editRestApi, findRestApi, given, type RestEdit } from "../editing.ts";
import type { MethodDocument } from "../methodEditing.ts";
import { pageOf } from "../paging.ts";
import { patched, scalar, type Settings } from "../patch.ts";
import { newStage, putStage, usesDeployment } from "../stageEditing.ts";
import { seconds } from "../times.ts";
import * as words from "../words.ts";

/** Each deployment is a copy of the API. */
const QUOTA = 300;
const PATH = "/restapis/{restapi_id}/deployments";
const keys = { restapi_id: words.id, deployment_id: words.id };
const summary = z.record(
  z.string(),
  z.record(z.string(), structure({ authorizationType: z.string(), apiKeyRequired: z.boolean() })),
);
const shown = structure({
  id: z.string(),
  description: z.string().optional(),
  createdDate: z.number(),
  apiSummary: summary.optional(),
});
const errors = [BadRequestException, ConflictException, LimitExceededException, NotFoundException];
const answer = ({ settings, createdMs }: ApiPart): Settings => ({ ...settings, createdDate: seconds(createdMs) });

function missing(): NotFoundException {
  return new NotFoundException("Invalid Deployment identifier specified");
}

/** Copies the API as it is in `edit`. Throws BadRequestException for an API that cannot serve requests. */
export async function deploy(edit: RestEdit, description: string | undefined): Promise<ApiPart> {
  const methods = (await edit.all("method")).map(({ settings }) => settings as Settings as MethodDocument);
  if (methods.length === 0) throw new BadRequestException("The REST API doesn't contain any methods");
  if (methods.some(({ methodIntegration }) => !methodIntegration)) {
    throw new BadRequestException("No integration defined for method");
  }
  checkQuota((await edit.all("deployment")).length, QUOTA, "deployments for this API");
  const id = newApiId(edit.deps.random, 6);
  const part = await edit.put("deployment", id, given({ id, description }));
  await copyTo(edit, id);
  return part;
}

/** A canary belongs to a stage that there is, and a stage with a canary takes no other deployment. */
function checkCanary(stage: ApiPart | undefined, canary: object | undefined): void {
  if (canary && !stage) throw new BadRequestException("Canary deployments need an existing stage");
  if (canary || stage?.settings["canarySettings"] === undefined) return;
  throw new BadRequestException(
    "The stage has a canary: deploy with canarySettings, or promote or remove the canary first",
  );
}

const createDeployment = operation({
  name: "CreateDeployment",
  http: ["POST", PATH, 201],
  input: structure({
    restapi_id: words.id,
    description: words.description.optional(),
    stageName: z.string().optional(),
    stageDescription: words.description.optional(),
    cacheClusterEnabled: words.stageMembers.cacheClusterEnabled,
    cacheClusterSize: words.stageMembers.cacheClusterSize,
    variables: words.variables.optional(),
    tracingEnabled: words.stageMembers.tracingEnabled,
    canarySettings: words.deploymentCanarySettings.optional(),
  }),
  output: shown,
  errors,
  async handle(input, context, deps: ApiGatewayDeps) {
    const { restapi_id, description, stageName = "", stageDescription, canarySettings, ...ofStage } = input;
    return await editRestApi(deps, context, restapi_id, async (edit) => {
      const stage = stageName === "" ? undefined : await edit.find("stage", stageName);
      checkCanary(stage, canarySettings);
      const made = await deploy(edit, description);
      if (stageName === "") return answer(made);
      const deployed = canarySettings
        ? { canarySettings: { ...canarySettings, deploymentId: made.partId } }
        : { deploymentId: made.partId };
      const changes = given({ ...ofStage, description: stageDescription, ...deployed });
      if (stage) await putStage(edit, { ...stage.settings, ...changes });
      else await newStage(edit, stageName, changes);
      return answer(made);
    });
  },
});

/** By path and method. */
async function summaryOf({ parts }: ApiGatewayDeps, apiId: string, deploymentId: string): Promise<object> {
  const { resource = [], method = [] } = ((await parts.snapshot(apiId, deploymentId)) ?? {}) as {
    readonly resource?: readonly { readonly id: string; readonly path: string }[];
    readonly method?: readonly MethodDocument[];
  };
  const methodsOf = (id: string): [string, object][] =>
    method
      .filter(({ resourceId }) => resourceId === id)
      .map(({ httpMethod, authorizationType, apiKeyRequired }) => [httpMethod, { authorizationType, apiKeyRequired }]);
  const paths = resource.map(({ id, path }) => [path, methodsOf(id)] as const).filter(([, own]) => own.length > 0);
  return Object.fromEntries(paths.map(([path, own]) => [path, Object.fromEntries(own)]));
}

const getDeployment = operation({
  name: "GetDeployment",
  http: ["GET", `${PATH}/{deployment_id}`, 200],
  query: { embed: "embed" },
  input: structure({ ...keys, embed: list({ max: 32 }).optional() }),
  output: shown,
  errors: [NotFoundException],
  async handle({ restapi_id, deployment_id, embed }, context, deps: ApiGatewayDeps) {
    await findRestApi(deps, context, restapi_id);
    const part = await deps.parts.find({ apiId: restapi_id, kind: "deployment", partId: deployment_id });
    if (!part) throw missing();
    if (!embed?.includes("apisummary")) return answer(part);
    return { ...answer(part), apiSummary: await summaryOf(deps, restapi_id, deployment_id) };
  },
});

const getDeployments = operation({
  name: "GetDeployments",
  http: ["GET", PATH, 200],
  query: words.pageQuery,
  input: structure({ restapi_id: words.id, ...words.pageMembers }),
  output: structure({ item: z.array(shown), position: z.string().optional() }),
  errors: [BadRequestException, NotFoundException],
  async handle({ restapi_id, ...page }, context, deps: ApiGatewayDeps) {
    await findRestApi(deps, context, restapi_id);
    const read = deps.parts.list.bind(deps.parts, { apiId: restapi_id, kind: "deployment" });
    const { item, ...rest } = await pageOf(page, read, ({ partId }) => partId);
    return { item: item.map(answer), ...rest };
  },
});

const updateDeployment = operation({
  name: "UpdateDeployment",
  http: ["PATCH", `${PATH}/{deployment_id}`, 200],
  input: structure({ ...keys, patchOperations: words.patchOperations }),
  output: shown,
  errors,
  async handle({ restapi_id, deployment_id, patchOperations }, context, deps: ApiGatewayDeps) {
    return await editRestApi(deps, context, restapi_id, async (edit) => {
      const part = await edit.find("deployment", deployment_id);
      if (!part) throw missing();
      const settings = patched(part.settings, patchOperations, { "/description": scalar() });
      return answer(await edit.put("deployment", deployment_id, settings));
    });
  },
});

const deleteDeployment = operation({
  name: "DeleteDeployment",
  http: ["DELETE", `${PATH}/{deployment_id}`, 202],
  input: structure(keys),
  errors: [BadRequestException, NotFoundException],
  async handle({ restapi_id, deployment_id }, context, deps: ApiGatewayDeps) {
    const work = async (edit: RestEdit): Promise<undefined> => {
      if (!(await edit.find("deployment", deployment_id))) throw missing();
      const isUsed = (await edit.all("stage")).some(({ settings }) => usesDeployment(settings, deployment_id));
      if (isUsed) {
        throw new BadRequestException("Active stages pointing to this deployment must be moved or deleted");
      }
      await edit.delete("deployment", deployment_id);
    };
    return await editRestApi(deps, context, restapi_id, work, { frees: true });
  },
});

export const restDeploymentOperations = [
  createDeployment,
  getDeployment,
  getDeployments,
  updateDeployment,
  deleteDeployment,
];
