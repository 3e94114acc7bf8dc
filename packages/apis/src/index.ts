export {
  type ApiAuthorizer,
  type ApiContents,
  type ApiCors,
  type ApiDefinition,
  type ApiIntegration,
  type ApiIntegrationResponse,
  type ApiRoute,
  type ApiStage,
  DEPLOYED_KINDS,
  snapshotOf,
} from "./apiDefinition.ts";
export { ApiDirectory, type ApiDirectoryDeps, type DomainMappings } from "./apiDirectory.ts";
export { newApiId } from "./apiId.ts";
export {
  INTEGRATION_SERVICES,
  type IntegrationService,
  type IntegrationUri,
  parseIntegrationUri,
} from "./integrationServices.ts";
export { INTEGRATION_SUBTYPES, type IntegrationSubtype } from "./integrationSubtypes.ts";
export { dayOf, quotaPeriod } from "./quotaPeriod.ts";
export {
  methodKey,
  methodSettingsOf,
  REST_DEPLOYED_KINDS,
  type RestApiContents,
  type RestApiKey,
  type RestApiSettings,
  type RestAuthorizer,
  type RestGatewayResponse,
  type RestIntegration,
  type RestIntegrationResponse,
  type RestMethod,
  type RestMethodResponse,
  type RestMethodSettings,
  type RestModel,
  type RestQuota,
  type RestRequestValidator,
  type RestResource,
  type RestRoute,
  restContentsOf,
  restSnapshotOf,
  type RestStage,
  type RestStagePlan,
  type RestThrottle,
} from "./restApiDefinition.ts";
export type { RestTest } from "./restTest.ts";
export { DEFAULT_ROUTE, parsePath, parseRouteKey } from "./routeKey.ts";
export { type RouteMatch, RouteTable } from "./routeTable.ts";
