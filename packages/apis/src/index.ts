export {
  type ApiAuthorizer,
  type ApiContents,
  type ApiCors,
  type ApiDefinition,
  type ApiIntegration,
  type ApiRoute,
  type ApiStage,
  DEPLOYED_KINDS,
  snapshotOf,
} from "./apiDefinition.ts";
export { ApiDirectory, type ApiDirectoryDeps, type DomainMappings } from "./apiDirectory.ts";
export { newApiId } from "./apiId.ts";
export { DEFAULT_ROUTE, parsePath, parseRouteKey } from "./routeKey.ts";
export type { RouteMatch } from "./routeTable.ts";
