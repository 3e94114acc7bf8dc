import type { AnyOperation } from "@hearth/wire";
import type { ApiGatewayDeps } from "../apigatewayv2/deps.ts";
import { accountOperations } from "./operations/account.ts";
import { apiKeyOperations } from "./operations/apiKeys.ts";
import { importApiKeys } from "./operations/importApiKeys.ts";
import { basePathMappingOperations } from "./operations/basePathMappings.ts";
import { gatewayResponseOperations } from "./operations/gatewayResponses.ts";
import { importOperations } from "./operations/importing.ts";
import { integrationResponseOperations } from "./operations/integrationResponses.ts";
import { restIntegrationOperations } from "./operations/integrations.ts";
import { methodResponseOperations } from "./operations/methodResponses.ts";
import { methodOperations } from "./operations/methods.ts";
import { modelOperations } from "./operations/models.ts";
import { requestValidatorOperations } from "./operations/requestValidators.ts";
import { resourceOperations } from "./operations/resources.ts";
import { restApiOperations } from "./operations/restApis.ts";
import { restAuthorizerOperations } from "./operations/restAuthorizers.ts";
import { restDeploymentOperations } from "./operations/restDeployments.ts";
import { restDomainNameOperations } from "./operations/restDomainNames.ts";
import { restStageOperations } from "./operations/restStages.ts";
import { restTagOperations } from "./operations/restTags.ts";
import { testOperations } from "./operations/testInvokes.ts";
import { usageOperations } from "./operations/usage.ts";
import { usagePlanKeyOperations } from "./operations/usagePlanKeys.ts";
import { usagePlanOperations } from "./operations/usagePlans.ts";

/** Operations of API Gateway for REST APIs, one file for each kind of resource. */
export const restOperations: readonly AnyOperation<ApiGatewayDeps>[] = [
  ...restApiOperations,
  ...resourceOperations,
  ...methodOperations,
  ...methodResponseOperations,
  ...restIntegrationOperations,
  ...integrationResponseOperations,
  ...modelOperations,
  ...requestValidatorOperations,
  ...restAuthorizerOperations,
  ...gatewayResponseOperations,
  ...restDeploymentOperations,
  ...restStageOperations,
  ...apiKeyOperations,
  importApiKeys,
  ...usagePlanOperations,
  ...usagePlanKeyOperations,
  ...usageOperations,
  ...restDomainNameOperations,
  ...basePathMappingOperations,
  ...accountOperations,
  ...restTagOperations,
  ...importOperations,
  ...testOperations,
];
