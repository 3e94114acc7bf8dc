const SUFFIX = ".amazonaws.com";

/** A service as events name it: `lambda.amazonaws.com`; Hearth's own is `hearth`. */
export function eventSource(service: string): string {
  return service === "hearth" ? service : service + SUFFIX;
}

/** The signing name in an event source. */
export function serviceOf(source: string): string {
  return source.endsWith(SUFFIX) ? source.slice(0, -SUFFIX.length) : source;
}
