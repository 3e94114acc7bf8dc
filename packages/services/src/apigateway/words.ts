import { bool, choice, double, integer, list, structure, structures, text, textMap } from "@hearth/model";
import { z } from "zod";

/** Members are named as the API reference names them; labels of paths as its paths do. https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html */
export const id = text({ min: 1, max: 128 });
export const name = text({ min: 1, max: 1024 });
export const description = text({ max: 1024 });
export const stageName = text({ min: 1, max: 128 });
export const position = text({ max: 2048 });
export const tags = textMap({ min: 1, max: 128 }, { max: 256 });
export const pageMembers = { position: position.optional(), limit: integer().optional() };
export const pageQuery = { position: "position", limit: "limit" };
export const shownTags = z.record(z.string(), z.string());

export const patchOperations = structures(
  structure({
    op: choice(["add", "remove", "replace", "move", "copy", "test"]),
    path: text({ max: 2048 }).optional(),
    value: text({ max: 400_000 }).optional(),
    from: text({ max: 2048 }).optional(),
  }),
  { max: 500 },
).optional();

const ARN = { max: 2048 };
const arn = text(ARN);
const uri = text({ max: 2048 });
const template = textMap({ max: 256 }, { max: 300_000 });
const parameters = textMap({ max: 512 }, { max: 2048 });
const required = z.record(z.string(), bool());
export const statusCode = text({ pattern: "[1-5]\\d\\d" });
const contentHandling = choice(["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"]);

export const endpointConfiguration = structure({
  types: list({ values: ["REGIONAL", "EDGE", "PRIVATE"] }, { max: 1 }).optional(),
  ipAddressType: choice(["ipv4", "dualstack"]).optional(),
  vpcEndpointIds: list({ max: 128 }, { max: 50 }).optional(),
});

export const restApiMembers = {
  name,
  description: description.optional(),
  version: text({ max: 64 }).optional(),
  binaryMediaTypes: list({ max: 256 }, { max: 100 }).optional(),
  minimumCompressionSize: integer({ min: 0, max: 10_485_760 }).optional(),
  apiKeySource: choice(["HEADER", "AUTHORIZER"]).optional(),
  endpointConfiguration: endpointConfiguration.optional(),
  policy: text({ max: 8192 }).optional(),
  disableExecuteApiEndpoint: bool().optional(),
};

export const methodMembers = {
  authorizationType: choice(["NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"]),
  authorizerId: text({ max: 64 }).optional(),
  authorizationScopes: list({ max: 256 }, { max: 10 }).optional(),
  apiKeyRequired: bool().optional(),
  operationName: text({ max: 64 }).optional(),
  requestValidatorId: text({ max: 64 }).optional(),
  requestParameters: required.optional(),
  requestModels: textMap().optional(),
};

export const methodResponseMembers = {
  responseParameters: required.optional(),
  responseModels: textMap().optional(),
};

export const integrationMembers = {
  type: choice(["HTTP", "AWS", "MOCK", "HTTP_PROXY", "AWS_PROXY"]),
  httpMethod: text({ max: 16 }).optional(),
  uri: uri.optional(),
  connectionType: choice(["INTERNET", "VPC_LINK"]).optional(),
  connectionId: text({ max: 1024 }).optional(),
  credentials: arn.optional(),
  requestParameters: parameters.optional(),
  requestTemplates: template.optional(),
  passthroughBehavior: choice(["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"]).optional(),
  contentHandling: contentHandling.optional(),
  timeoutInMillis: integer().optional(),
  cacheNamespace: text({ max: 1024 }).optional(),
  cacheKeyParameters: list({ max: 512 }, { max: 100 }).optional(),
  tlsConfig: structure({ insecureSkipVerification: bool().optional() }).optional(),
  responseTransferMode: choice(["BUFFERED", "STREAM"]).optional(),
};

export const integrationResponseMembers = {
  selectionPattern: text({ max: 1024 }).optional(),
  responseParameters: parameters.optional(),
  responseTemplates: template.optional(),
  contentHandling: contentHandling.optional(),
};

export const integrationResponse = structure({ statusCode, ...integrationResponseMembers });
export const integration = structure({
  ...integrationMembers,
  integrationResponses: z.record(z.string(), integrationResponse).optional(),
});
export const methodResponse = structure({ statusCode, ...methodResponseMembers });
export const method = structure({
  ...methodMembers,
  httpMethod: z.string(),
  methodResponses: z.record(z.string(), methodResponse).optional(),
  methodIntegration: integration.optional(),
});

export const resource = structure({
  id: z.string(),
  parentId: z.string().optional(),
  pathPart: z.string().optional(),
  path: z.string(),
  resourceMethods: z.record(z.string(), method.partial()).optional(),
});

export const modelMembers = {
  name: text({ min: 1, max: 255 }),
  description: description.optional(),
  schema: text({ max: 400_000 }).optional(),
  contentType: text({ min: 1, max: 256 }),
};

export const requestValidatorMembers = {
  name: text({ max: 1024 }).optional(),
  validateRequestBody: bool().optional(),
  validateRequestParameters: bool().optional(),
};

export const authorizerMembers = {
  name: text({ min: 1, max: 128 }),
  type: choice(["TOKEN", "REQUEST", "COGNITO_USER_POOLS"]),
  providerARNs: list(ARN, { max: 1000 }).optional(),
  authType: text({ max: 64 }).optional(),
  authorizerUri: uri.optional(),
  authorizerCredentials: arn.optional(),
  identitySource: text({ max: 1024 }).optional(),
  identityValidationExpression: text({ max: 1024 }).optional(),
  authorizerResultTtlInSeconds: integer().optional(),
};

export const RESPONSE_TYPES = [
  "DEFAULT_4XX",
  "DEFAULT_5XX",
  "RESOURCE_NOT_FOUND",
  "UNAUTHORIZED",
  "INVALID_API_KEY",
  "ACCESS_DENIED",
  "AUTHORIZER_FAILURE",
  "AUTHORIZER_CONFIGURATION_ERROR",
  "INVALID_SIGNATURE",
  "EXPIRED_TOKEN",
  "MISSING_AUTHENTICATION_TOKEN",
  "INTEGRATION_FAILURE",
  "INTEGRATION_TIMEOUT",
  "API_CONFIGURATION_ERROR",
  "UNSUPPORTED_MEDIA_TYPE",
  "BAD_REQUEST_PARAMETERS",
  "BAD_REQUEST_BODY",
  "REQUEST_TOO_LARGE",
  "THROTTLED",
  "QUOTA_EXCEEDED",
  "WAF_FILTERED",
] as const;
export const responseType = choice(RESPONSE_TYPES);
export const gatewayResponseMembers = {
  statusCode: statusCode.optional(),
  responseParameters: parameters.optional(),
  responseTemplates: template.optional(),
};

export const variables = textMap(
  { min: 1, max: 64, pattern: "[A-Za-z0-9_]+" },
  { max: 512, pattern: "[A-Za-z0-9\\-._~:/?#&=,]*" },
);
const methodSetting = structure({
  metricsEnabled: bool().optional(),
  loggingLevel: choice(["OFF", "ERROR", "INFO"]).optional(),
  dataTraceEnabled: bool().optional(),
  throttlingBurstLimit: integer({ min: -1 }).optional(),
  throttlingRateLimit: double({ min: -1 }).optional(),
  cachingEnabled: bool().optional(),
  cacheTtlInSeconds: integer({ min: 0, max: 3600 }).optional(),
  cacheDataEncrypted: bool().optional(),
  requireAuthorizationForCacheControl: bool().optional(),
  unauthorizedCacheControlHeaderStrategy: choice([
    "FAIL_WITH_403",
    "SUCCEED_WITH_RESPONSE_HEADER",
    "SUCCEED_WITHOUT_RESPONSE_HEADER",
  ]).optional(),
});
const canaryMembers = {
  percentTraffic: double({ min: 0, max: 100 }).optional(),
  stageVariableOverrides: variables.optional(),
  useStageCache: bool().optional(),
};
export const deploymentCanarySettings = structure(canaryMembers);
export const canarySettings = structure({ ...canaryMembers, deploymentId: id.optional() });
export const CACHE_SIZES = ["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"] as const;
export const stageMembers = {
  deploymentId: id,
  description: description.optional(),
  cacheClusterEnabled: bool().optional(),
  cacheClusterSize: choice(CACHE_SIZES).optional(),
  variables: variables.optional(),
  documentationVersion: text({ max: 128 }).optional(),
  tracingEnabled: bool().optional(),
};
export const stage = structure({
  ...stageMembers,
  stageName: z.string(),
  clientCertificateId: z.string().optional(),
  cacheClusterStatus: z.string().optional(),
  methodSettings: z.record(z.string(), methodSetting),
  accessLogSettings: structure({
    format: text({ max: 3072 }).optional(),
    destinationArn: arn.optional(),
  }).optional(),
  canarySettings: canarySettings.optional(),
  tags: shownTags.optional(),
});

const throttle = structure({
  burstLimit: integer({ min: 0 }).optional(),
  rateLimit: double({ min: 0 }).optional(),
});
export const apiStage = structure({
  apiId: text({ max: 64 }).optional(),
  stage: text({ max: 128 }).optional(),
  throttle: z.record(z.string(), throttle).optional(),
});
export const usagePlanMembers = {
  name: text({ min: 1, max: 255 }),
  description: description.optional(),
  apiStages: structures(apiStage, { max: 300 }).optional(),
  throttle: throttle.optional(),
  quota: structure({
    limit: integer().optional(),
    offset: integer().optional(),
    period: choice(["DAY", "WEEK", "MONTH"]).optional(),
  }).optional(),
};

export const apiKeyMembers = {
  name: text({ max: 1024 }).optional(),
  description: text({ max: 10_240 }).optional(),
  enabled: bool().optional(),
  customerId: text({ max: 255 }).optional(),
};
