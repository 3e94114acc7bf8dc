export { type ClientAddress, TrustedProxies } from "./clientAddress.ts";
export { type CorsRules, isPreflight, preflightReply, withCors } from "./cors.ts";
export { headV2, MalformedAnswer, REMAPPED, type ReplyHead, replyV1, replyV2 } from "./functionReply.ts";
export { BodyTooLarge, Gateway, type GatewayDeps } from "./gateway.ts";
export { GatewayMetrics } from "./gatewayMetrics.ts";
export { DefinitionFault } from "./definitionFault.ts";
export { addressOf, type HttpAddress } from "./httpAddress.ts";
export { type EndpointKind, type HttpBody, type HttpEndpoint, type HttpReply } from "./httpEndpoint.ts";
export { type HeaderLine, HttpRequest, type RequestFacts } from "./httpRequest.ts";
export { type EndpointFactsV1, eventV1 } from "./payloadV1.ts";
export { type EndpointFactsV2, eventV2, logTime } from "./payloadV2.ts";
export { queryParameters } from "./queryParameters.ts";
export { traceOf } from "./trace.ts";
export { FunctionUrls, type FunctionUrlsDeps } from "./url/functionUrls.ts";
export { type SignedCaller, SignedCallers } from "./url/signedCallers.ts";
export { ApiFailureLog } from "./apiFailureLog.ts";
export { AccessLog, type AccessLogDeps } from "./http/accessLog.ts";
export { FunctionCaller, type FunctionCallerDeps } from "./http/functionCaller.ts";
export { HttpApis, type HttpApisDeps } from "./http/httpApis.ts";
export { IamAuthorizer } from "./http/iamAuthorizer.ts";
export { JwtAuthorizer } from "./http/jwtAuthorizer.ts";
export { LambdaAuthorizer } from "./http/lambdaAuthorizer.ts";
export { ExecutionLog } from "./rest/executionLog.ts";
export { KeyUsageCounter } from "./rest/keyUsageCounter.ts";
export { RestApis } from "./rest/restApis.ts";
export { RestAuthorizers } from "./rest/restAuthorizer.ts";
export { RestIntegrations } from "./rest/restIntegrations.ts";
export { RestTests } from "./rest/restTests.ts";
export { BoundedReplies } from "./rest/boundedReplies.ts";
export { StageCache } from "./rest/stageCache.ts";
export { TemplateThreads } from "./rest/templates/templateThreads.ts";
export { UsagePlans } from "./rest/usagePlans.ts";
export {
  SERVICE_CHANNEL,
  type ServiceAnswer,
  ServiceCaller,
  type ServiceDoor,
  type ServiceRequest,
} from "./service/serviceCaller.ts";
export { SigningKeys } from "./http/signingKeys.ts";
export { SocketApis, type SocketApisDeps } from "./websocket/socketApis.ts";
export { SocketMetrics } from "./websocket/socketMetrics.ts";
export { RequestMetrics } from "./requestMetrics.ts";
