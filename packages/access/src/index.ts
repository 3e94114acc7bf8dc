export { AuditRecorder, type AuditRecorderDeps } from "./audit/auditRecorder.ts";
export { AccessKeys, type AccessKeysDeps } from "./accessKeys.ts";
export { type AssumingService, lambdaMayAssume, serviceMayAssume } from "./assumable.ts";
export { type AuthorizedService, Authorizer, type AuthorizerDeps } from "./authorizer.ts";
export { awsManagedPolicies, awsManagedPolicy, type AwsManagedPolicy } from "./awsManagedPolicies.ts";
export { newAccessKeyId, newSecretAccessKey } from "./credentials.ts";
export {
  ENVIRONMENT_SESSION_MS,
  EnvironmentCredentials,
  type EnvironmentCredentialsDeps,
} from "./environmentCredentials.ts";
export { Identities, type IdentitiesDeps, type Identity } from "./identities.ts";
export { passRoleQuestion } from "./passRole.ts";
export { InvalidPolicy } from "./policy/json.ts";
export { evaluateIdentity, evaluateResource } from "./policy/evaluate.ts";
export { compilePolicy, type Policy } from "./policy/policy.ts";
export { isAwsPrincipal, isServicePrincipal } from "./policy/principal.ts";
export { readResourcePolicy } from "./policy/resourcePolicy.ts";
export { type Decision, type NamedPolicy, simulate, type Simulated, type SimulatedRequest } from "./policy/simulate.ts";
export type { Lookup } from "./policy/pattern.ts";
export { type AskedCall, type Input, type Question, type Questions, textOf } from "./question.ts";
export { noResources, type Resources } from "./resources.ts";
export { parseRoleArn, type RoleArnParts } from "./roleArn.ts";
export { type SenderAction, Senders, type SendersDeps } from "./senders.ts";
export {
  type House,
  openService,
  type ServiceAccess,
  type ServiceRole,
  type ServiceRoom,
  type UnsignedLinks,
} from "./serviceRoom.ts";
export { type SessionClaims, type SessionCredentials, SessionTokens } from "./sessionTokens.ts";
