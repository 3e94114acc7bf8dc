import type { AnyOperation } from "@hearth/wire";
import type { ApiGatewayDeps } from "./deps.ts";
import { apiMappingOperations } from "./operations/apiMappings.ts";
import { apiOperations } from "./operations/apis.ts";
import { authorizerOperations } from "./operations/authorizers.ts";
import { deploymentOperations } from "./operations/deployments.ts";
import { domainNameOperations } from "./operations/domainNames.ts";
import { importOperations } from "./operations/importing.ts";
import { integrationResponseOperations } from "./operations/integrationResponses.ts";
import { integrationOperations } from "./operations/integrations.ts";
import { modelOperations } from "./operations/models.ts";
import { routeRequestParameterOperations } from "./operations/routeRequestParameters.ts";
import { routeOperations } from "./operations/routes.ts";
import { routeResponseOperations } from "./operations/routeResponses.ts";
import { stageOperations } from "./operations/stages.ts";
import { tagOperations } from "./operations/tags.ts";

/** Operations of API Gateway for HTTP and WebSocket APIs, one file for each kind of resource. */
export const operations: readonly AnyOperation<ApiGatewayDeps>[] = [
  ...apiOperations,
  ...importOperations,
  ...routeOperations,
  ...routeResponseOperations,
  ...routeRequestParameterOperations,
  ...integrationOperations,
  ...integrationResponseOperations,
  ...modelOperations,
  ...authorizerOperations,
  ...stageOperations,
  ...deploymentOperations,
  ...domainNameOperations,
  ...apiMappingOperations,
  ...tagOperations,
];
