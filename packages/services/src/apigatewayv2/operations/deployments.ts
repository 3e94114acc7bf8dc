import { structure } from "@hearth/model";
import type { ApiPart } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../deps.ts";
import { deploy, type Edit, editApi, findApi } from "../editing.ts";
import { BadRequestException, ConflictException, NotFoundException } from "../errors.ts";
import { pageOf } from "../paging.ts";
import { iso } from "../times.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html; each deployment is a copy of the API. */
const QUOTA = 300;
const PATH = "/v2/apis/{apiId}/deployments";
const shown = structure({
  autoDeployed: z.boolean().optional(),
  createdDate: z.string(),
  deploymentId: z.string(),
  deploymentStatus: z.string(),
  description: z.string().optional(),
});
const answer = ({ settings, createdMs }: ApiPart): object => ({ ...settings, createdDate: iso(createdMs) });
const missing = (deploymentId: string): NotFoundException =>
  new NotFoundException(`Invalid Deployment identifier specified: ${deploymentId}`);

const createDeployment = operation({
  name: "CreateDeployment",
  http: ["POST", PATH, 201],
  input: structure({
    apiId: words.id,
    description: words.description.optional(),
    stageName: words.stageName.optional(),
  }),
  output: shown,
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ apiId, description, stageName }, context, deps: ApiGatewayDeps) {
    const work = async (edit: Edit): Promise<object> => {
      const stage = stageName === undefined ? undefined : await edit.find("stage", stageName);
      if (stageName !== undefined && !stage)
        throw new NotFoundException(`Invalid stage identifier specified: ${stageName}`);
      if (stage?.settings["autoDeploy"] === true) {
        throw new BadRequestException("Deployment cannot be created with a stage that has auto-deploy enabled");
      }
      if ((await edit.all("route")).length === 0) {
        throw new BadRequestException("At least one route is required before deploying the Api.");
      }
      if ((await edit.all("deployment")).length >= QUOTA) {
        throw new BadRequestException(`The API has ${QUOTA} deployments, which is its limit.`);
      }
      const made = await deploy(edit, description);
      if (stage) await edit.put("stage", stage.partId, { ...stage.settings, deploymentId: made.partId });
      return answer(made);
    };
    return await editApi(deps, context, apiId, work, { deploys: false });
  },
});

const getDeployment = operation({
  name: "GetDeployment",
  http: ["GET", `${PATH}/{deploymentId}`, 200],
  input: structure({ apiId: words.id, deploymentId: words.id }),
  output: shown,
  errors: [NotFoundException],
  async handle({ apiId, deploymentId }, context, deps: ApiGatewayDeps) {
    await findApi(deps, context, apiId);
    const part = await deps.parts.find({ apiId, kind: "deployment", partId: deploymentId });
    if (!part) throw missing(deploymentId);
    return answer(part);
  },
});

const getDeployments = operation({
  name: "GetDeployments",
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
    const read = deps.parts.list.bind(deps.parts, { apiId, kind: "deployment" });
    const { items, ...rest } = await pageOf(page, read, ({ partId }) => partId);
    return { items: items.map(answer), ...rest };
  },
});

const updateDeployment = operation({
  name: "UpdateDeployment",
  http: ["PATCH", `${PATH}/{deploymentId}`, 200],
  input: structure({ apiId: words.id, deploymentId: words.id, description: words.description.optional() }),
  output: shown,
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ apiId, deploymentId, description }, context, deps: ApiGatewayDeps) {
    const work = async (edit: Edit): Promise<object> => {
      const part = await edit.find("deployment", deploymentId);
      if (!part) throw missing(deploymentId);
      return answer(
        await edit.put("deployment", deploymentId, {
          ...part.settings,
          ...(description !== undefined && { description }),
        }),
      );
    };
    return await editApi(deps, context, apiId, work, { deploys: false });
  },
});

const deleteDeployment = operation({
  name: "DeleteDeployment",
  http: ["DELETE", `${PATH}/{deploymentId}`, 204],
  input: structure({ apiId: words.id, deploymentId: words.id }),
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ apiId, deploymentId }, context, deps: ApiGatewayDeps) {
    const work = async (edit: Edit): Promise<undefined> => {
      if (!(await edit.find("deployment", deploymentId))) throw missing(deploymentId);
      const stage = (await edit.all("stage")).find(({ settings }) => settings["deploymentId"] === deploymentId);
      if (stage) {
        throw new BadRequestException(
          `Active stages with deployment ${deploymentId} must be moved or deleted: ${stage.partId}`,
        );
      }
      await edit.delete("deployment", deploymentId);
    };
    return await editApi(deps, context, apiId, work, { deploys: false, frees: true });
  },
});

export const deploymentOperations = [
  createDeployment,
  getDeployment,
  getDeployments,
  updateDeployment,
  deleteDeployment,
];
