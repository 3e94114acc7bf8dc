import type { HttpReply } from "../httpEndpoint.ts";

function reply(status: number, message: string, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify({ message })),
  };
}

/** What an HTTP API answers itself. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting.html */
export const BAD_REQUEST = reply(400, "Bad Request");
export const NOT_FOUND = reply(404, "Not Found");
export const FORBIDDEN = reply(403, "Forbidden");
export const TOO_MANY_REQUESTS = reply(429, "Too Many Requests");
export const INTERNAL_SERVER_ERROR = reply(500, "Internal Server Error");
export const SERVICE_UNAVAILABLE = reply(503, "Service Unavailable");
export const PAYLOAD_TOO_LARGE = reply(413, "Request Entity Too Large");

export function unauthorized(challenge?: string): HttpReply {
  return reply(401, "Unauthorized", challenge === undefined ? {} : { "www-authenticate": challenge });
}

export function forbidden(challenge: string): HttpReply {
  return reply(403, "Forbidden", { "www-authenticate": challenge });
}
