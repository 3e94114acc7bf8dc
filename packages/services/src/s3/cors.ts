import type { CorsRule, ObjectStorage } from "@hearth/objects";
import { Reply } from "@hearth/wire";

interface Asked {
  readonly origin: string;
  readonly method: string;
  readonly headers: readonly string[];
}

/** The headers of CORS for a request of a page; `undefined` when no rule of the bucket allows it. https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html */
export function corsHeaders(rules: readonly CorsRule[], asked: Asked): Record<string, string> | undefined {
  for (const { AllowedOrigins, AllowedMethods, AllowedHeaders = [], ExposeHeaders = [], MaxAgeSeconds } of rules) {
    const origin = AllowedOrigins.find((pattern) => isLike(asked.origin, pattern));
    if (origin === undefined || !AllowedMethods.includes(asked.method)) continue;
    const isAllowed = (header: string): boolean =>
      AllowedHeaders.some((pattern) => isLike(header.toLowerCase(), pattern.toLowerCase()));
    if (!asked.headers.every(isAllowed)) continue;
    return {
      "Access-Control-Allow-Origin": origin === "*" ? "*" : asked.origin,
      "Access-Control-Allow-Methods": AllowedMethods.join(", "),
      ...(origin !== "*" && { "Access-Control-Allow-Credentials": "true" }),
      ...(asked.headers.length > 0 && { "Access-Control-Allow-Headers": asked.headers.join(", ") }),
      ...(ExposeHeaders.length > 0 && { "Access-Control-Expose-Headers": ExposeHeaders.join(", ") }),
      ...(MaxAgeSeconds !== undefined && { "Access-Control-Max-Age": String(MaxAgeSeconds) }),
      Vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    };
  }
  return undefined;
}

/** One `*` stands for any text. */
function isLike(text: string, pattern: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return text === pattern;
  const before = pattern.slice(0, star);
  const after = pattern.slice(star + 1);
  return text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The name of the bucket in a path. */
export function bucketIn(path: string): string {
  return path.split("/")[1] ?? "";
}

/** The headers of CORS for an answer; none for a request that no page sends. */
export function answerHeaders(
  request: Sent,
  { directory }: Pick<ObjectStorage, "directory">,
): Promise<Record<string, string>> | undefined {
  const { origin } = request.headers;
  if (typeof origin !== "string") return undefined;
  return directory.find(bucketIn(request.path)).then((bucket) => {
    const rules = bucket?.settings.cors;
    return (rules && corsHeaders(rules, { origin, method: request.method, headers: [] })) ?? {};
  });
}

/** Answers a browser that asks whether a page may send a request. */
export async function preflight(
  { path, headers }: Sent,
  { directory }: Pick<ObjectStorage, "directory">,
): Promise<Reply> {
  const { origin, "access-control-request-method": method, "access-control-request-headers": list } = headers;
  const rules = (await directory.find(bucketIn(path)))?.settings.cors;
  const asked = {
    origin: String(origin ?? ""),
    method: String(method ?? ""),
    headers: String(list ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  };
  const allowed = rules && corsHeaders(rules, asked);
  if (allowed) return new Reply(200, allowed, null);
  const message = rules
    ? "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
    : "CORSResponse: CORS is not enabled for this bucket.";
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessForbidden</Code><Message>${message}</Message></Error>`;
  return new Reply(403, { "Content-Type": "application/xml" }, Buffer.from(xml));
}
