/** The driver `docker` is configured and no engine answers. */
export class EngineUnavailable extends Error {}
