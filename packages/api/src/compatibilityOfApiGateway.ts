/** What docs/compatibility.md says about API Gateway. */
export const API_GATEWAY_SECTION = `## Amazon API Gateway

HTTP APIs, managed by the API of version 2 (\`apigatewayv2\`). An API answers at \`http://<id>.execute-api.<region>.<host>/\`, at its custom domain names, and
by the path \`/_hearth/api/<id>/<stage>/…\` where no name resolves.

| Operation | State | |
|---|---|---|
| CreateApi, GetApi, GetApis, UpdateApi, DeleteApi, DeleteCorsConfiguration | partly | HTTP APIs, quick create too. WebSocket APIs are not built. |
| CreateRoute, GetRoute, GetRoutes, UpdateRoute, DeleteRoute | works | Up to \`HEARTH_ROUTES_PER_API\`. |
| CreateIntegration, GetIntegration, GetIntegrations, UpdateIntegration, DeleteIntegration | partly | Functions (payload formats 1.0 and 2.0; no request parameters) and HTTP endpoints. No VPC links and no integration subtypes (\`SQS-SendMessage\` and so on). |
| CreateAuthorizer, GetAuthorizer, GetAuthorizers, UpdateAuthorizer, DeleteAuthorizer | works | JWT and Lambda. |
| CreateStage, GetStage, GetStages, UpdateStage, DeleteStage, DeleteAccessLogSettings, DeleteRouteSettings | partly | No client certificates. |
| CreateDeployment, GetDeployment, GetDeployments, UpdateDeployment, DeleteDeployment | works | |
| CreateDomainName, GetDomainName, GetDomainNames, UpdateDomainName, DeleteDomainName | partly | No mutual TLS, wildcard names and routing rules. The certificate is not looked up: TLS is the installation's. |
| CreateApiMapping, GetApiMapping, GetApiMappings, UpdateApiMapping, DeleteApiMapping | works | |
| TagResource, UntagResource, GetTags | works | |

Not built: REST APIs (version 1 of the API); import, export, models, responses of routes and integrations, portals, routing rules, VPC links.

A function is called only if its resource policy allows \`apigateway.amazonaws.com\` with the route as \`aws:SourceArn\`, or with the integration's role. Tokens are verified with the
keys that the issuer publishes, which are read through the same door as every address that an account chooses (\`HEARTH_OUTBOUND_ALLOW\`).

Kept and shown, but not acted on: \`CertificateArn\`, \`SecurityPolicy\`, \`IpAddressType\`, \`DisableSchemaValidation\`, \`DetailedMetricsEnabled\`, \`DataTraceEnabled\`, \`LoggingLevel\`; of routes and integrations what only WebSocket APIs and VPC links use (\`RequestModels\`, \`RequestTemplates\`, \`ContentHandlingStrategy\`, \`TlsConfig\` and so on).
`;
