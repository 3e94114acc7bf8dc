import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { restNotBuilt } from "../apigateway/notBuilt.ts";
import { restOperations } from "../apigateway/operations.ts";
import { testOperations } from "../apigateway/operations/testInvokes.ts";
import { type ApiGatewayHouse, openApiGatewayDeps } from "./deps.ts";
import { TooManyRequestsException } from "./errors.ts";
import { notBuilt } from "./notBuilt.ts";
import { operations } from "./operations.ts";
import { questions } from "./questions.ts";

/** An OpenAPI definition has 6 MB at most. */
const MAX_BODY_BYTES = 6 * 1024 * 1024;

const shared = {
  signingName: "apigateway",
  protocols: ["rest-json"],
  maxBodyBytes: MAX_BODY_BYTES,
  errorCodes: { ValidationException: "BadRequestException", SerializationException: "BadRequestException" },
  throttling: () => new TooManyRequestsException("Too Many Requests"),
  questions,
} as const satisfies Partial<ServiceRoom<ApiGatewayHouse>>;

/**
 * API Gateway: what manages HTTP and WebSocket APIs (version 2 of its API, in this folder) and REST APIs (version 1, in the folder `apigateway`): both have
 * the same signing name. Requests to the APIs themselves are served by the gateway.
 */
export const apigatewayv2: ServiceRoom<ApiGatewayHouse> = {
  ...shared,
  role: "control",
  endpointVariable: ["AWS_ENDPOINT_URL_API_GATEWAY", "AWS_ENDPOINT_URL_APIGATEWAYV2"],
  notBuilt: [...notBuilt, ...restNotBuilt],
  open: (house) => bind([...operations, ...restOperations], openApiGatewayDeps(house)),
};

/** Tests of methods and authorizers alone, which run functions: what a process of the role `invoker` serves itself. It passes the rest on to `control`. */
export const apigatewayTests: ServiceRoom<ApiGatewayHouse> = {
  ...shared,
  role: "invoker",
  notBuilt: [],
  open: (house) => bind(testOperations, openApiGatewayDeps(house)),
};
