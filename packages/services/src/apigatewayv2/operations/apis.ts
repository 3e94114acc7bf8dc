import { newApiId } from "@hearth/apis";
import { choice, structure } from "@hearth/model";
import type { ApiRecord } from "@hearth/store";
import { operation, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import { checkCors } from "../cors.ts";
import type { ApiGatewayDeps } from "../deps.ts";
import { type Edit, editApi, editOf, findApi, PROTOCOLS } from "../editing.ts";
import { BadRequestException, ConflictException, NotFoundException } from "../errors.ts";
import { pageOf } from "../paging.ts";
import { changed, createPart, type Settings, without } from "../partOperations.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import { withTags } from "../tagging.ts";
import { iso } from "../times.ts";
import * as words from "../words.ts";
import { integration, quickIntegration } from "./integrations.ts";
import { route } from "./routes.ts";
import { createStageIn } from "./stages.ts";

const HTTP_SELECTION = "$request.method $request.path";
const KEY_SELECTION = "$request.header.x-api-key";
const KEY_SELECTIONS = [KEY_SELECTION, "$context.authorizer.usageIdentifierKey"];

/** The API as answers show it. */
export function shownApi(
  { apiEndpoint }: ApiGatewayDeps,
  api: ApiRecord,
  { endpoint }: Pick<RequestContext, "endpoint">,
): object {
  const scheme = (url: string): string => (api.protocol === "WEBSOCKET" ? url.replace(/^http/, "ws") : url);
  return {
    ...api.settings,
    apiEndpoint: scheme(apiEndpoint(api, endpoint)),
    apiId: api.apiId,
    createdDate: iso(api.createdMs),
    protocolType: api.protocol,
    tags: api.tags,
  };
}

/** Defaults and checks of the API's own settings. */
export function completeApi(protocol: ApiRecord["protocol"], given: Settings): Settings {
  const cors = given["corsConfiguration"] as words.Cors | undefined;
  const selection = given["routeSelectionExpression"];
  if (protocol === "HTTP") {
    if (selection !== undefined && selection !== HTTP_SELECTION) {
      throw new BadRequestException(
        `Invalid expression. The route selection expression for HTTP APIs must be ${HTTP_SELECTION}`,
      );
    }
    if (cors) checkCors(cors);
  } else {
    if (typeof selection !== "string")
      throw new BadRequestException("RouteSelectionExpression is required for WEBSOCKET APIs");
    if (!/^\$request\.body(?:\.[A-Za-z0-9_-]+)+$|^\$\{request\.body(?:\.[A-Za-z0-9_-]+)+\}$/.test(selection)) {
      throw new BadRequestException(`Invalid route selection expression specified: ${selection}`);
    }
    if (cors) throw new BadRequestException("CORS configuration is not supported for WEBSOCKET APIs");
    const { apiKeySelectionExpression: keys = KEY_SELECTION } = given as {
      readonly apiKeySelectionExpression?: string;
    };
    if (!KEY_SELECTIONS.includes(keys.replace(/^\$\{(.+)\}$/, "$$$1"))) {
      throw new BadRequestException(`Invalid API key selection expression specified: ${keys}`);
    }
  }
  return {
    apiKeySelectionExpression: KEY_SELECTION,
    disableExecuteApiEndpoint: false,
    ipAddressType: "ipv4",
    ...(protocol === "HTTP" && { routeSelectionExpression: HTTP_SELECTION }),
    ...given,
  };
}

const createApi = operation({
  name: "CreateApi",
  http: ["POST", "/v2/apis", 201],
  input: structure({
    name: words.name,
    protocolType: choice(["HTTP", "WEBSOCKET"]),
    tags: words.tags.optional(),
    ...words.apiMembers,
    ...words.quickCreateMembers,
  }),
  output: words.api,
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle(input, context, deps: ApiGatewayDeps) {
    const { accountId, region } = context;
    const { protocolType, tags = {}, credentialsArn, routeKey, target, ...given } = input;
    if (target === undefined && (routeKey !== undefined || credentialsArn !== undefined)) {
      throw new BadRequestException("routeKey and credentialsArn can only be given together with a target");
    }
    if (target !== undefined && protocolType !== "HTTP") {
      throw new BadRequestException("Quick create is only supported for HTTP APIs");
    }
    const settings = completeApi(protocolType, changed({}, given));
    const api = await newApi(deps, { accountId, region, protocol: protocolType, settings, tags: withTags({}, tags) });
    if (target === undefined) return shownApi(deps, api, context);
    const quick = { target, routeKey, credentialsArn };
    await editApi(deps, api, api.apiId, (edit) => quickCreate(edit, quick), { deploys: false });
    return shownApi(deps, api, context);
  },
});

/** Creates the API, with the parts that `addParts` makes. */
export async function newApi(
  deps: ApiGatewayDeps,
  api: Omit<ApiRecord, "apiId" | "createdMs">,
  addParts?: (edit: Edit) => Promise<void>,
): Promise<ApiRecord> {
  refuseWhenDiskIsShort(deps);
  const { database, apis, random, limits } = deps;
  const whole = { ...api, apiId: newApiId(random) };
  const quota = limits.apis;
  const created = await database.transaction(async (tx) => {
    const made = await apis.create(tx, whole, { protocols: PROTOCOLS, quota });
    if (made !== "tooMany") await addParts?.(editOf(deps, tx, made));
    return made;
  });
  if (created === "tooMany") throw new BadRequestException(`The account has ${quota} APIs, which is its limit.`);
  return created;
}

interface QuickCreate {
  readonly target: string;
  readonly routeKey: string | undefined;
  readonly credentialsArn: string | undefined;
}

/** One integration, one route and the stage `$default`, all managed by API Gateway. */
async function quickCreate(edit: Edit, { target, routeKey = "$default", credentialsArn }: QuickCreate): Promise<void> {
  const apiGatewayManaged = true;
  const { integrationId } = await createPart(edit, integration, {
    ...quickIntegration(target),
    ...(credentialsArn !== undefined && { credentialsArn }),
    apiGatewayManaged,
  });
  await createPart(edit, route, { routeKey, target: `integrations/${String(integrationId)}`, apiGatewayManaged });
  await createStageIn(edit, "$default", { autoDeploy: true, apiGatewayManaged });
}

const getApi = operation({
  name: "GetApi",
  http: ["GET", "/v2/apis/{apiId}", 200],
  input: structure({ apiId: words.id }),
  output: words.api,
  errors: [NotFoundException],
  async handle({ apiId }, context, deps: ApiGatewayDeps) {
    return shownApi(deps, await findApi(deps, context, apiId), context);
  },
});

const getApis = operation({
  name: "GetApis",
  http: ["GET", "/v2/apis", 200],
  query: { maxResults: "maxResults", nextToken: "nextToken" },
  input: structure({ maxResults: words.maxResults.optional(), nextToken: words.nextToken.optional() }),
  output: structure({ items: z.array(words.api), nextToken: z.string().optional() }),
  errors: [BadRequestException],
  async handle(page, context, deps: ApiGatewayDeps) {
    const read = deps.apis.list.bind(deps.apis, context, PROTOCOLS);
    const { items, ...rest } = await pageOf(page, read, ({ apiId }) => apiId);
    return { items: items.map((api) => shownApi(deps, api, context)), ...rest };
  },
});

const updateApi = operation({
  name: "UpdateApi",
  http: ["PATCH", "/v2/apis/{apiId}", 200],
  input: structure({
    apiId: words.id,
    name: words.name.optional(),
    ...words.apiMembers,
    ...words.quickCreateMembers,
  }),
  output: words.api,
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ apiId, credentialsArn, routeKey, target, ...changes }, context, deps: ApiGatewayDeps) {
    return await editApi(deps, context, apiId, async (edit) => {
      const settings = completeApi(edit.api.protocol, changed(edit.api.settings, changes));
      await deps.apis.change(edit.tx, apiId, { settings });
      await changeQuickParts(edit, { credentialsArn, routeKey, target });
      return shownApi(deps, { ...edit.api, settings }, context);
    });
  },
});

/** UpdateApi also changes the route and the integration of quick create. */
async function changeQuickParts(
  edit: Edit,
  { credentialsArn, routeKey, target }: { readonly [Member in keyof QuickCreate]: string | undefined },
): Promise<void> {
  if (credentialsArn === undefined && routeKey === undefined && target === undefined) return;
  const managed = async (kind: "route" | "integration") =>
    (await edit.all(kind)).find(({ settings }) => settings["apiGatewayManaged"] === true);
  const [ofRoute, ofIntegration] = [await managed("route"), await managed("integration")];
  if (!ofRoute || !ofIntegration) throw new BadRequestException("The API was not made by quick create");
  const { integrationId } = ofIntegration.settings;
  const replaced =
    target === undefined
      ? ofIntegration.settings
      : { integrationId, apiGatewayManaged: true, ...quickIntegration(target) };
  const whole = await integration.complete(edit, changed(replaced, { credentialsArn }), ofIntegration.partId);
  await edit.put("integration", ofIntegration.partId, whole);
  if (routeKey === undefined) return;
  await edit.put(
    "route",
    ofRoute.partId,
    await route.complete(edit, { ...ofRoute.settings, routeKey }, ofRoute.partId),
  );
}

const deleteApi = operation({
  name: "DeleteApi",
  http: ["DELETE", "/v2/apis/{apiId}", 204],
  input: structure({ apiId: words.id }),
  errors: [BadRequestException, NotFoundException],
  async handle({ apiId }, context, deps: ApiGatewayDeps) {
    const work = async ({ tx }: Edit): Promise<undefined> => {
      if (await deps.domains.isMapped(tx, apiId)) {
        throw new BadRequestException(
          "Deleting APIs that are referenced by custom domain names is not allowed. Delete the API mapping first",
        );
      }
      await deps.apis.delete(tx, apiId);
    };
    return await editApi(deps, context, apiId, work, { deploys: false, frees: true });
  },
});

const deleteCorsConfiguration = operation({
  name: "DeleteCorsConfiguration",
  http: ["DELETE", "/v2/apis/{apiId}/cors", 204],
  input: structure({ apiId: words.id }),
  errors: [NotFoundException],
  async handle({ apiId }, context, deps: ApiGatewayDeps) {
    const work = async ({ tx, api }: Edit): Promise<undefined> => {
      await deps.apis.change(tx, apiId, { settings: without(api.settings, "corsConfiguration") });
    };
    return await editApi(deps, context, apiId, work, { frees: true });
  },
});

export const apiOperations = [createApi, getApi, getApis, updateApi, deleteApi, deleteCorsConfiguration];
