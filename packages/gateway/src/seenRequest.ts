import { SIGNATURE_PARAMETERS } from "@hearth/wire";
import type { HttpRequest } from "./httpRequest.ts";

/** A signature and its session belong to the platform: nothing behind a route that demands them must be able to use them again. */
const HEADERS: ReadonlySet<string> = new Set(["authorization", "x-amz-security-token"]);

/** The request as functions and endpoints behind a route, a method or a URL of this type of authorization get it. */
export function seenRequest(request: HttpRequest, authorizationType: string | undefined): HttpRequest {
  if (authorizationType !== "AWS_IAM") return request;
  const headers = request.headers.filter(([name]) => !HEADERS.has(name));
  const parameters = request.query.split("&").filter((one) => !SIGNATURE_PARAMETERS.has(nameOf(one)));
  return request.with(headers, parameters.join("&"));
}

function nameOf(parameter: string): string {
  const [name = ""] = parameter.split("=", 1);
  try {
    return decodeURIComponent(name).toLowerCase();
  } catch {
    return name.toLowerCase(); // an escape that is none: no signature has such a name
  }
}
