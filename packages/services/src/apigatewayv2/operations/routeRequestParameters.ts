import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../deps.ts";
import { type Edit, editApi } from "../editing.ts";
import { NotFoundException } from "../errors.ts";
import { without } from "../partOperations.ts";
import * as words from "../words.ts";

const deleteRouteRequestParameter = operation({
  name: "DeleteRouteRequestParameter",
  http: ["DELETE", "/v2/apis/{apiId}/routes/{routeId}/requestparameters/{requestParameterKey}", 204],
  input: structure({ apiId: words.id, routeId: words.id, requestParameterKey: z.string() }),
  errors: [NotFoundException],
  async handle({ apiId, routeId, requestParameterKey: key }, context, deps: ApiGatewayDeps) {
    const work = async (edit: Edit): Promise<undefined> => {
      const route = await edit.find("route", routeId);
      if (!route) throw new NotFoundException(`Invalid Route identifier specified: ${routeId}`);
      const parameters = (route.settings["requestParameters"] ?? {}) as Readonly<Record<string, unknown>>;
      if (!Object.hasOwn(parameters, key)) {
        throw new NotFoundException(`Invalid request parameter key specified: ${key}`);
      }
      await edit.put("route", routeId, { ...route.settings, requestParameters: without(parameters, key) });
    };
    return await editApi(deps, context, apiId, work, { frees: true });
  },
});

export const routeRequestParameterOperations = [deleteRouteRequestParameter];
