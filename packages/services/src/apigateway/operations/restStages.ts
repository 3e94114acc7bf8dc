import { structure } from "@hearth/model";
import type { ApiPart } from "@hearth/store";
import { operation, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from "../../apigatewayv2/errors.ts";
import { withTags } from "../../apigatewayv2/tagging.ts";
import { editRestApi, findRestApi, given, type RestEdit } from "../editing.ts";
import { newStage, patchedStage, putStage } from "../stageEditing.ts";
import { seconds } from "../times.ts";
import * as words from "../words.ts";

const PATH = "/restapis/{restapi_id}/stages";
const keys = { restapi_id: words.id, stage_name: words.stageName };
const errors = [BadRequestException, ConflictException, LimitExceededException, NotFoundException];
const shown = words.stage.extend({ createdDate: z.number(), lastUpdatedDate: z.number() });
const answer = ({ settings, createdMs, updatedMs }: ApiPart): object => {
  const { flushes: _, ...stage } = settings;
  return { ...stage, createdDate: seconds(createdMs), lastUpdatedDate: seconds(updatedMs) };
};

function missing(): NotFoundException {
  return new NotFoundException("Invalid stage identifier specified");
}

const createStage = operation({
  name: "CreateStage",
  http: ["POST", PATH, 201],
  input: structure({
    restapi_id: words.id,
    stageName: words.stageName,
    ...words.stageMembers,
    canarySettings: words.canarySettings.optional(),
    tags: words.tags.optional(),
  }),
  output: shown,
  errors,
  async handle({ restapi_id, stageName, tags = {}, ...input }, context, deps: ApiGatewayDeps) {
    const settings = { ...given(input), tags: withTags({}, tags) };
    return answer(await editRestApi(deps, context, restapi_id, (edit) => newStage(edit, stageName, settings)));
  },
});

const getStage = operation({
  name: "GetStage",
  http: ["GET", `${PATH}/{stage_name}`, 200],
  input: structure(keys),
  output: shown,
  errors: [NotFoundException],
  async handle({ restapi_id, stage_name }, context, deps: ApiGatewayDeps) {
    await findRestApi(deps, context, restapi_id);
    const part = await deps.parts.find({ apiId: restapi_id, kind: "stage", partId: stage_name });
    if (!part) throw missing();
    return answer(part);
  },
});

const getStages = operation({
  name: "GetStages",
  http: ["GET", PATH, 200],
  query: { deploymentId: "deploymentId" },
  input: structure({ restapi_id: words.id, deploymentId: words.id.optional() }),
  output: structure({ item: z.array(shown) }),
  errors: [NotFoundException],
  async handle({ restapi_id, deploymentId }, context, deps: ApiGatewayDeps) {
    await findRestApi(deps, context, restapi_id);
    const stages = await deps.parts.all(restapi_id, ["stage"]);
    const wanted = stages.filter(
      ({ settings }) => deploymentId === undefined || settings["deploymentId"] === deploymentId,
    );
    return { item: wanted.map(answer) };
  },
});

const updateStage = operation({
  name: "UpdateStage",
  http: ["PATCH", `${PATH}/{stage_name}`, 200],
  input: structure({ ...keys, patchOperations: words.patchOperations }),
  output: shown,
  errors,
  async handle({ restapi_id, stage_name, patchOperations }, context, deps: ApiGatewayDeps) {
    return await editRestApi(deps, context, restapi_id, async (edit) => {
      const part = await edit.find("stage", stage_name);
      if (!part) throw missing();
      return answer(await putStage(edit, patchedStage(part.settings, patchOperations)));
    });
  },
});

const deleteStage = operation({
  name: "DeleteStage",
  http: ["DELETE", `${PATH}/{stage_name}`, 202],
  input: structure(keys),
  errors: [BadRequestException, NotFoundException],
  async handle({ restapi_id, stage_name }, context, deps: ApiGatewayDeps) {
    const work = async (edit: RestEdit): Promise<undefined> => {
      if (!(await edit.find("stage", stage_name))) throw missing();
      if (await deps.domains.isMapped(edit.tx, restapi_id, stage_name)) {
        throw new BadRequestException(
          `Please remove all base path mappings related to the stage '${stage_name}' in your domains before deleting this stage.`,
        );
      }
      await edit.delete("stage", stage_name);
      await deps.plans.removeStage(edit.tx, restapi_id, stage_name);
    };
    return await editRestApi(deps, context, restapi_id, work, { frees: true });
  },
});

/** What processes remember belongs to a number, which a flush raises. */
async function flush(
  deps: ApiGatewayDeps,
  context: RequestContext,
  { restapi_id, stage_name }: { readonly restapi_id: string; readonly stage_name: string },
  what: "data" | "authorizers",
): Promise<undefined> {
  return await editRestApi(deps, context, restapi_id, async (edit) => {
    const part = await edit.find("stage", stage_name);
    if (!part) throw missing();
    const flushes = (part.settings["flushes"] ?? {}) as Readonly<Record<string, number>>;
    await edit.put("stage", stage_name, {
      ...part.settings,
      flushes: { ...flushes, [what]: (flushes[what] ?? 0) + 1 },
    });
    return undefined;
  });
}

const flushStageCache = operation({
  name: "FlushStageCache",
  http: ["DELETE", `${PATH}/{stage_name}/cache/data`, 202],
  input: structure(keys),
  errors,
  handle: async (input, context, deps: ApiGatewayDeps) => await flush(deps, context, input, "data"),
});

const flushStageAuthorizersCache = operation({
  name: "FlushStageAuthorizersCache",
  http: ["DELETE", `${PATH}/{stage_name}/cache/authorizers`, 202],
  input: structure(keys),
  errors,
  handle: async (input, context, deps: ApiGatewayDeps) => await flush(deps, context, input, "authorizers"),
});

export const restStageOperations = [
  createStage,
  getStage,
  getStages,
  updateStage,
  deleteStage,
  flushStageCache,
  flushStageAuthorizersCache,
];
