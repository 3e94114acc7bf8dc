import { BadRequestException } from "./errors.ts";
import type { Cors } from "./words.ts";

const METHODS = new Set(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "*"]);
const ORIGIN = /^(?:\*|https?:\/\/\*?[^\s/*?#]*|https:\/\/\*|http:\/\/\*)$/;
const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Throws BadRequestException for rules that API Gateway refuses. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html */
export function checkCors({
  allowCredentials = false,
  allowHeaders,
  allowMethods,
  allowOrigins,
  exposeHeaders,
}: Cors): void {
  const method = allowMethods?.find((one) => !METHODS.has(one));
  if (method !== undefined)
    throw new BadRequestException(`Invalid method specified in the CORS configuration: ${method}`);
  const origin = allowOrigins?.find((one) => !ORIGIN.test(one) && !/^[a-z][a-z0-9+.-]*:\/\/[^\s*]+$/.test(one));
  if (origin !== undefined) {
    throw new BadRequestException(
      `Invalid format for origin ${origin}. Origin must start with http:// or https:// or be *`,
    );
  }
  const header = [...(allowHeaders ?? []), ...(exposeHeaders ?? [])].find((one) => !HEADER.test(one));
  if (header !== undefined)
    throw new BadRequestException(`Invalid header specified in the CORS configuration: ${header}`);
  if (allowCredentials && allowOrigins?.includes("*")) {
    throw new BadRequestException("allow-credentials is not supported for origin '*'");
  }
}
