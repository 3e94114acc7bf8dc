/** What docs/compatibility.md says about API Gateway. */
export const API_GATEWAY_SECTION = `## Amazon API Gateway

HTTP and WebSocket APIs, managed by the API of version 2 (\`apigatewayv2\`). An API answers at \`http://<id>.execute-api.<region>.<host>/\`, at its custom domain names, and
by the path \`/_hearth/api/<id>/<stage>/…\` where no name resolves.

| Operation | State | |
|---|---|---|
| CreateApi, GetApi, GetApis, UpdateApi, DeleteApi, DeleteCorsConfiguration | works | HTTP APIs, quick create too, and WebSocket APIs. |
| ImportApi, ReimportApi, ExportApi | works | OpenAPI 3 in JSON and YAML, with the extensions of API Gateway, for HTTP APIs. Definitions in YAML have 512 KB at most. |
| CreateRoute, GetRoute, GetRoutes, UpdateRoute, DeleteRoute, DeleteRouteRequestParameter | works | Up to \`HEARTH_ROUTES_PER_API\`. |
| CreateRouteResponse, GetRouteResponse, GetRouteResponses, UpdateRouteResponse, DeleteRouteResponse | works | |
| CreateIntegration, GetIntegration, GetIntegrations, UpdateIntegration, DeleteIntegration | partly | Functions (payload formats 1.0 and 2.0) and HTTP endpoints; of WebSocket APIs also \`AWS\` with functions, \`HTTP\` and \`MOCK\`, with mapping templates. Of HTTP APIs also the subtypes \`SQS-SendMessage\`, \`SQS-ReceiveMessage\`, \`SQS-DeleteMessage\`, \`SQS-PurgeQueue\`, \`EventBridge-PutEvents\` and \`Kinesis-PutRecord\`; not those of Step Functions and AppConfig. No VPC links. |
| CreateIntegrationResponse, GetIntegrationResponse, GetIntegrationResponses, UpdateIntegrationResponse, DeleteIntegrationResponse | works | |
| CreateModel, GetModel, GetModels, UpdateModel, DeleteModel | works | Messages are checked by \`ModelSelectionExpression\` of their route. |
| CreateAuthorizer, GetAuthorizer, GetAuthorizers, UpdateAuthorizer, DeleteAuthorizer | works | JWT and Lambda; of WebSocket APIs Lambda, for \`$connect\`, without a cache. |
| CreateStage, GetStage, GetStages, UpdateStage, DeleteStage, DeleteAccessLogSettings, DeleteRouteSettings | partly | No client certificates. |
| CreateDeployment, GetDeployment, GetDeployments, UpdateDeployment, DeleteDeployment | works | |
| CreateDomainName, GetDomainName, GetDomainNames, UpdateDomainName, DeleteDomainName | partly | Wildcard names (\`*.example.com\`) too; the most specific name has a request. No mutual TLS and routing rules. The certificate is not looked up: TLS is the installation's. |
| CreateApiMapping, GetApiMapping, GetApiMappings, UpdateApiMapping, DeleteApiMapping | works | |
| TagResource, UntagResource, GetTags | works | |
| PostToConnection, GetConnection, DeleteConnection | works | \`@connections\` of WebSocket APIs, for callers whose policies allow \`execute-api:ManageConnections\`. |

Connections of WebSocket APIs live in the process that accepted them; \`@connections\` reaches them through any process. They end with it: a restart closes them with the code 1001, and clients connect again, as on AWS after two hours. \`$disconnect\` runs for them, after a crash too.
Usage plans of version 1 give API keys access to stages of WebSocket APIs, whose \`$connect\` may have \`ApiKeyRequired\`. A mock without request templates answers with the status 200.

Not built: portals, routing rules, VPC links, GetModelTemplate; of WebSocket APIs: models of route responses are kept and not checked.

A function is called only if its resource policy allows \`apigateway.amazonaws.com\` with the route as \`aws:SourceArn\`, or with the integration's role. Tokens are verified with the
keys that the issuer publishes, which are read through the same door as every address that an account chooses (\`HEARTH_OUTBOUND_ALLOW\`).

The definition of an API, everything of it together, has 12 MB at most.

Kept and shown, but not acted on: \`CertificateArn\`, \`SecurityPolicy\`, \`IpAddressType\`, \`DisableSchemaValidation\`, \`DataTraceEnabled\`, \`LoggingLevel\`; of routes and integrations of HTTP APIs what only WebSocket APIs and VPC links use (\`RequestModels\`, \`RequestTemplates\`, \`ContentHandlingStrategy\`, \`TlsConfig\` and so on); \`ContentHandlingStrategy\` of proxies with functions; \`ResponseModels\` and \`ResponseParameters\` of route responses.

### REST APIs

Managed by the API of version 1 (\`apigateway\`). A stage serves what its deployment copied: later changes of the API are seen by clients after the next deployment. A PATCH is
answered as on AWS, with AWS's paths.

| Operation | State | |
|---|---|---|
| CreateRestApi, GetRestApi, GetRestApis, UpdateRestApi, DeleteRestApi | partly | No private APIs and VPC endpoints. Endpoints of the types EDGE and REGIONAL are the same here. \`cloneFrom\` works. |
| CreateResource, GetResource, GetResources, UpdateResource, DeleteResource | works | Up to \`HEARTH_ROUTES_PER_API\`. |
| PutMethod, GetMethod, UpdateMethod, DeleteMethod, PutMethodResponse, GetMethodResponse, UpdateMethodResponse, DeleteMethodResponse | works | |
| PutIntegration, GetIntegration, UpdateIntegration, DeleteIntegration, PutIntegrationResponse, GetIntegrationResponse, UpdateIntegrationResponse, DeleteIntegrationResponse | partly | Functions (AWS_PROXY and AWS), HTTP endpoints and MOCK. \`AWS\` also with the services CloudWatch (\`monitoring\`), CloudWatch Logs, DynamoDB, EventBridge (\`events\`), Kinesis, S3, Scheduler, Secrets Manager, SNS, SQS and SSM (\`path/…\`; \`action/…\` but for S3 and Scheduler), with a role. VPC links and the caller's own credentials (\`arn:aws:iam::*:user/*\`) are not built. |
| CreateDeployment, GetDeployment, GetDeployments, UpdateDeployment, DeleteDeployment | works | Canaries too. |
| CreateStage, GetStage, GetStages, UpdateStage, DeleteStage | partly | Canaries: their requests are counted in the metrics of the stage. No client certificates and versions of documentation. |
| CreateModel, CreateRequestValidator, their Get, Update and Delete operations | works | |
| CreateAuthorizer, GetAuthorizer, GetAuthorizers, UpdateAuthorizer, DeleteAuthorizer | partly | TOKEN and REQUEST; no Cognito user pools. |
| PutGatewayResponse, GetGatewayResponse, GetGatewayResponses, UpdateGatewayResponse, DeleteGatewayResponse | works | |
| CreateApiKey, GetApiKey, GetApiKeys, UpdateApiKey, DeleteApiKey | works | \`stageKeys\` are shown and give no access: use a usage plan. |
| ImportApiKeys | works | Up to 1,000 keys at a time. |
| CreateUsagePlan, CreateUsagePlanKey, their Get, Update and Delete operations, GetUsage, UpdateUsage | works | Usage is kept for 90 days. |
| CreateDomainName, GetDomainName, GetDomainNames, UpdateDomainName, DeleteDomainName | partly | As in version 2, whose domain names are the same ones. |
| CreateBasePathMapping, GetBasePathMapping, GetBasePathMappings, UpdateBasePathMapping, DeleteBasePathMapping | works | |
| ImportRestApi, PutRestApi, GetExport | partly | Swagger 2.0 and OpenAPI 3.0 with the \`x-amazon-apigateway-*\` extensions of what is built, in JSON (6 MB) or YAML (512 KB). |
| FlushStageCache, FlushStageAuthorizersCache | works | In every process. |
| TestInvokeMethod, TestInvokeAuthorizer | works | Without a client certificate. A process of the role \`invoker\` answers them. |
| GetAccount, UpdateAccount, TagResource, UntagResource, GetTags | works | |

Execution logs (\`loggingLevel\`, \`dataTraceEnabled\`) have AWS's lines and are written with the account's \`cloudwatchRoleArn\`. What AWS documents no line for is in Hearth's words.

Caches of stages are in the memory of each process, with room for \`HEARTH_API_CACHE_MB\` of an account whatever \`cacheClusterSize\` is; they have no metrics of their own. Replies with the statuses 200 to 399 are kept. With \`requireAuthorizationForCacheControl\` only signed callers (AWS_IAM) who are allowed \`execute-api:InvalidateCache\` may have a reply renewed.

Not built: VPC links, client certificates, documentation, SDKs, GetModelTemplate.

Kept and shown, but not acted on: \`version\`, \`ipAddressType\`, certificates and security policies, \`tracingEnabled\`, \`cacheClusterSize\`, \`cacheDataEncrypted\`, \`operationName\`, \`customerId\`, \`productCode\`, \`stageKeys\`.
`;
