export type { SecretOf } from "./brokers/sourceSecret.ts";
export { checkSource, type MappedFunction } from "./checkSource.ts";
export type * from "./eventSource.ts";
export { EventSources, type EventSourcesDeps, type EventSourcesOptions } from "./eventSources.ts";
export { type RoleRefusal, senderOf } from "./roleCheck.ts";
export type { SourceDeps } from "./sourceDeps.ts";
export { openSources } from "./sources.ts";
export { wholeText } from "./wholeText.ts";
