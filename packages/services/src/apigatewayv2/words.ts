import { bool, choice, double, integer, list, structure, text, textMap } from "@hearth/model";
import { z } from "zod";

/**
 * Members are named as the API reference names them, in lower camel case.
 * https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/api-reference.html
 */
export const id = text({ min: 1, max: 64, pattern: "[A-Za-z0-9]+" });
export const domainName = text({ min: 1, max: 512 });
export const name = text({ min: 1, max: 128 });
export const description = text({ max: 1024 });
export const stageName = text({ min: 1, max: 128, pattern: "\\$default|[A-Za-z0-9_-]+" });
export const maxResults = text({ pattern: "[0-9]{1,9}" });
export const nextToken = text({ max: 2048 });
export const resourceArn = text({ min: 1, max: 2048 });

const ARN = { max: 2048, pattern: "arn:.*|" };
const arn = text(ARN);
const selection = text({ max: 128 });
const parameters = textMap({ max: 512 }, { max: 512 });

export const tags = textMap({ min: 1, max: 128 }, { max: 256 });
export const cors = structure({
  allowCredentials: bool().optional(),
  allowHeaders: list().optional(),
  allowMethods: list().optional(),
  allowOrigins: list().optional(),
  exposeHeaders: list().optional(),
  maxAge: integer({ min: -1, max: 86_400 }).optional(),
});
export type Cors = z.output<typeof cors>;

export const apiMembers = {
  apiKeySelectionExpression: selection.optional(),
  corsConfiguration: cors.optional(),
  description: description.optional(),
  disableSchemaValidation: bool().optional(),
  disableExecuteApiEndpoint: bool().optional(),
  ipAddressType: choice(["ipv4", "dualstack"]).optional(),
  routeSelectionExpression: selection.optional(),
  version: text({ min: 1, max: 64 }).optional(),
};
/** Quick create: an API with one route, one integration and a stage that deploys by itself. */
export const quickCreateMembers = {
  credentialsArn: arn.optional(),
  routeKey: selection.optional(),
  target: text({ min: 1, max: 2048 }).optional(),
};
export const api = structure({
  ...apiMembers,
  apiEndpoint: z.string(),
  apiGatewayManaged: z.boolean().optional(),
  apiId: z.string(),
  createdDate: z.string(),
  importInfo: z.array(z.string()).optional(),
  name: z.string(),
  protocolType: z.string(),
  tags: z.record(z.string(), z.string()),
  warnings: z.array(z.string()).optional(),
});

export const constraints = z.record(z.string(), structure({ required: bool().optional() }));
export const routeMembers = {
  apiKeyRequired: bool().optional(),
  authorizationScopes: list({ max: 64 }, { max: 10 }).optional(),
  authorizationType: choice(["NONE", "AWS_IAM", "CUSTOM", "JWT"]).optional(),
  authorizerId: text({ max: 64 }).optional(),
  modelSelectionExpression: selection.optional(),
  operationName: text({ max: 64 }).optional(),
  requestModels: textMap().optional(),
  requestParameters: constraints.optional(),
  routeKey: selection.optional(),
  routeResponseSelectionExpression: selection.optional(),
  target: text({ max: 128 }).optional(),
};

export const routeResponseMembers = {
  modelSelectionExpression: selection.optional(),
  responseModels: textMap().optional(),
  responseParameters: constraints.optional(),
  routeResponseKey: selection.optional(),
};

export const integrationResponseMembers = {
  contentHandlingStrategy: choice(["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"]).optional(),
  integrationResponseKey: text({ max: 512 }).optional(),
  responseParameters: parameters.optional(),
  responseTemplates: textMap({}, { max: 32_768 }).optional(),
  templateSelectionExpression: selection.optional(),
};

export const modelMembers = {
  contentType: text({ min: 1, max: 256 }).optional(),
  description: description.optional(),
  name: name.optional(),
  schema: text({ max: 32_768 }).optional(),
};

export const integrationMembers = {
  connectionId: text({ max: 1024 }).optional(),
  connectionType: choice(["INTERNET", "VPC_LINK"]).optional(),
  contentHandlingStrategy: choice(["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"]).optional(),
  credentialsArn: arn.optional(),
  description: description.optional(),
  integrationMethod: text({ min: 1, max: 64 }).optional(),
  integrationSubtype: text({ max: 128 }).optional(),
  integrationType: choice(["AWS", "HTTP", "MOCK", "HTTP_PROXY", "AWS_PROXY"]).optional(),
  integrationUri: text({ max: 2048 }).optional(),
  passthroughBehavior: choice(["WHEN_NO_MATCH", "NEVER", "WHEN_NO_TEMPLATES"]).optional(),
  payloadFormatVersion: text({ min: 1, max: 64 }).optional(),
  requestParameters: parameters.optional(),
  requestTemplates: textMap({}, { max: 32_768 }).optional(),
  responseParameters: z.record(z.string(), parameters).optional(),
  templateSelectionExpression: selection.optional(),
  timeoutInMillis: integer({ min: 50, max: 30_000 }).optional(),
  tlsConfig: structure({ serverNameToVerify: text({ max: 512 }).optional() }).optional(),
};

export const authorizerMembers = {
  authorizerCredentialsArn: arn.optional(),
  authorizerPayloadFormatVersion: text({ min: 1, max: 64 }).optional(),
  authorizerResultTtlInSeconds: integer({ min: 0, max: 3600 }).optional(),
  authorizerType: choice(["REQUEST", "JWT"]).optional(),
  authorizerUri: text({ max: 2048 }).optional(),
  enableSimpleResponses: bool().optional(),
  identitySource: list({ max: 512 }, { max: 10 }).optional(),
  identityValidationExpression: text({ max: 1024 }).optional(),
  jwtConfiguration: structure({
    audience: list({ max: 512 }, { max: 50 }).optional(),
    issuer: text({ min: 1, max: 2048 }).optional(),
  }).optional(),
  name: name.optional(),
};

const routeSettings = structure({
  dataTraceEnabled: bool().optional(),
  detailedMetricsEnabled: bool().optional(),
  loggingLevel: choice(["ERROR", "INFO", "OFF"]).optional(),
  throttlingBurstLimit: integer({ min: 0, max: 2_147_483_647 }).optional(),
  throttlingRateLimit: double({ min: 0 }).optional(),
});
export const stageMembers = {
  accessLogSettings: structure({
    destinationArn: arn.optional(),
    format: text({ min: 1, max: 3072 }).optional(),
  }).optional(),
  autoDeploy: bool().optional(),
  clientCertificateId: text({ max: 64 }).optional(),
  defaultRouteSettings: routeSettings.optional(),
  deploymentId: text({ max: 64 }).optional(),
  description: description.optional(),
  routeSettings: z.record(z.string(), routeSettings).optional(),
  stageVariables: textMap(
    { max: 64, pattern: "[A-Za-z0-9_]+" },
    { max: 512, pattern: "[A-Za-z0-9\\-._~:/?#&=,]*" },
  ).optional(),
};

const domainNameConfigurationMembers = {
  certificateArn: arn.optional(),
  certificateName: name.optional(),
  endpointType: choice(["REGIONAL", "EDGE"]).optional(),
  ipAddressType: choice(["ipv4", "dualstack"]).optional(),
  ownershipVerificationCertificateArn: arn.optional(),
  securityPolicy: choice(["TLS_1_0", "TLS_1_2"]).optional(),
};
export const domainNameConfigurations = z.array(structure(domainNameConfigurationMembers)).max(1);
/** Of a DomainName in answers. */
export const domainNameAnswer = structure({
  apiMappingSelectionExpression: z.string(),
  domainName: z.string(),
  domainNameArn: z.string(),
  domainNameConfigurations: z.array(
    structure({ ...domainNameConfigurationMembers, apiGatewayDomainName: z.string(), domainNameStatus: z.string() }),
  ),
  routingMode: z.string(),
  tags: z.record(z.string(), z.string()),
});
export const routingMode = choice(["API_MAPPING_ONLY", "ROUTING_RULE_ONLY", "ROUTING_RULE_THEN_API_MAPPING"]);
export const mutualTls = structure({
  truststoreUri: text({ max: 2048 }).optional(),
  truststoreVersion: text({ max: 64 }).optional(),
});

export const mappingKey = text({ max: 300, pattern: "[A-Za-z0-9$_./\\-+!*'(),]*" });
export const mapping = structure({
  apiId: z.string(),
  apiMappingId: z.string(),
  apiMappingKey: z.string(),
  stage: z.string(),
});
