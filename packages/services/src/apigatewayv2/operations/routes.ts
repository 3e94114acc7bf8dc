import { DEFAULT_ROUTE, parseRouteKey } from "@hearth/apis";
import type { Edit } from "../editing.ts";
import { BadRequestException, ConflictException } from "../errors.ts";
import { type PartNoun, partOperations, type Settings } from "../partOperations.ts";
import { checkSelection } from "../selectionExpression.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html */
export const route: PartNoun = {
  noun: "Route",
  kind: "route",
  idMember: "routeId",
  path: "routes",
  child: "routeResponse",
  members: words.routeMembers,
  required: ["routeKey"],
  quota: ({ limits }) => limits.routes,
  complete: async (edit, given, routeId) => {
    const settings = withDefaults(given);
    checkKey(edit, settings.routeKey);
    const twin = (await edit.all("route")).find(
      ({ partId, settings: other }) => partId !== routeId && other["routeKey"] === settings.routeKey,
    );
    if (twin) throw new ConflictException(`Route with key ${settings.routeKey} already exists for this API`);
    await checkTarget(edit, settings.target);
    await checkRequest(edit, settings);
    return await withAuthorizer(edit, settings);
  },
};

interface RouteDocument extends Settings {
  readonly routeKey: string;
  readonly target?: string;
  readonly authorizationType: string;
  readonly authorizerId?: string;
  readonly authorizationScopes?: readonly string[];
  readonly modelSelectionExpression?: string;
  readonly requestModels?: Readonly<Record<string, string>>;
  readonly requestParameters?: Readonly<Record<string, unknown>>;
}

const PARAMETER = /^route\.request\.(?:querystring|header|multivaluequerystring|multivalueheader)\.[A-Za-z0-9._$-]+$/;

/** Models and parameters of requests, which only WebSocket APIs have. */
async function checkRequest(edit: Edit, settings: RouteDocument): Promise<void> {
  if (edit.api.protocol !== "WEBSOCKET") return;
  checkSelection(settings.modelSelectionExpression, "request");
  const models = new Set((await edit.all("model")).map(({ settings: { name } }) => name));
  const unknown = Object.values(settings.requestModels ?? {}).find((name) => !models.has(name));
  if (unknown !== undefined) throw new BadRequestException(`Invalid model name specified: ${unknown}`);
  const invalid = Object.keys(settings.requestParameters ?? {}).find((key) => !PARAMETER.test(key));
  if (invalid !== undefined) throw new BadRequestException(`Invalid request parameter key specified: ${invalid}`);
}

function withDefaults(given: Settings): RouteDocument {
  return { apiKeyRequired: false, authorizationType: "NONE", ...given } as Settings as RouteDocument;
}

function checkKey({ api }: Edit, routeKey: string): void {
  if (api.protocol === "WEBSOCKET" || routeKey === DEFAULT_ROUTE || parseRouteKey(routeKey)) return;
  throw new BadRequestException(
    `The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"`,
  );
}

async function checkTarget(edit: Edit, target: string | undefined): Promise<void> {
  if (target === undefined) return;
  const [, integrationId] = /^integrations\/([a-z0-9]+)$/.exec(target) ?? [];
  if (integrationId === undefined || !(await edit.find("integration", integrationId))) {
    throw new BadRequestException(`Invalid integration identifier specified in the target: ${target}`);
  }
}

/** Settings of the authorizer are kept only with an authorization type that has one. */
async function withAuthorizer(edit: Edit, settings: RouteDocument): Promise<Settings> {
  const { authorizerId, authorizationScopes, ...rest } = settings;
  const { authorizationType } = settings;
  const isWebSocket = edit.api.protocol === "WEBSOCKET";
  if (isWebSocket && authorizationType !== "NONE" && settings.routeKey !== "$connect") {
    throw new BadRequestException("Currently, authorization is restricted to the $connect route only");
  }
  if (isWebSocket && authorizationType === "JWT") {
    throw new BadRequestException("JWT authorization is not supported for WEBSOCKET APIs");
  }
  if (settings["apiKeyRequired"] === true) {
    if (!isWebSocket) throw new BadRequestException("API Keys are not supported for HTTP APIs");
    if (settings.routeKey !== "$connect") {
      throw new BadRequestException("Currently, API keys are restricted to the $connect route only");
    }
  }
  if (authorizationType !== "JWT" && authorizationType !== "CUSTOM") return rest;
  const authorizer = authorizerId === undefined ? undefined : await edit.find("authorizer", authorizerId);
  const wanted = authorizationType === "JWT" ? "JWT" : "REQUEST";
  if (authorizer?.settings["authorizerType"] !== wanted) {
    throw new BadRequestException(`Invalid authorizer ID specified for the authorization type ${authorizationType}`);
  }
  if (authorizationType === "CUSTOM" && authorizationScopes?.length) {
    throw new BadRequestException("Authorization scopes are only supported for JWT authorizers");
  }
  return settings;
}

export const routeOperations = partOperations(route);
