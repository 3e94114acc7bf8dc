export type { OwnServer } from "./addressGuard.ts";
export { canonicalHost } from "./canonicalHost.ts";
export type { ConnectionLimits } from "./connectionShares.ts";
export type { OutboundAnswer } from "./httpExchange.ts";
export { isMailAddress, type Mail, Mailer, type MailerOptions, MailRefused } from "./mailer.ts";
export { nameResolver, type ResolveName } from "./nameResolver.ts";
export {
  Outbound,
  type OutboundConnection,
  type OutboundDeps,
  type OutboundOptions,
  type OutboundRequest,
} from "./outbound.ts";
export { OutboundFailed, type OutboundFailure, OutboundRefused } from "./outboundErrors.ts";
export { OutboundMetrics } from "./outboundMetrics.ts";
export { isOwnHeader, type OutboundHeaders } from "./requestRules.ts";
export { authorityCertificates, trustedAuthorities } from "./trustedAuthorities.ts";
