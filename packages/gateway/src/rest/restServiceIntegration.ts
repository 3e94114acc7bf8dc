import { INTEGRATION_SERVICES, parseIntegrationUri, type RestIntegration } from "@hearth/apis";
import { encodeRfc3986 } from "@hearth/wire";
import { DefinitionFault } from "../definitionFault.ts";
import { receivedHeaders } from "../http/httpIntegration.ts";
import type { ServiceCall, ServiceCaller } from "../service/serviceCaller.ts";
import { configurationError } from "./gatewayFailure.ts";
import type { IntegrationRequest } from "./integrationRequest.ts";
import { type RoutedCall, sourceArn } from "./restCall.ts";
import { targetUrl } from "./restHttpIntegration.ts";
import type { IntegrationAnswer } from "./restParameters.ts";

type Sent = Omit<IntegrationRequest, "response">;

const FORM = "application/x-www-form-urlencoded";
/** In the place of the service's address, which the door decides. */
const PLACE = "http://service";
const NOTHING = Buffer.alloc(0);

/**
 * Calls a service in the name of the integration's role. Rejects with GatewayFailure, and as `ServiceCaller.call`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-integration-types.html
 */
export async function callRestService(
  services: Pick<ServiceCaller, "call">,
  call: RoutedCall,
  integration: RestIntegration,
  sent: Sent,
  signal: AbortSignal,
): Promise<IntegrationAnswer> {
  const { accountId, region } = call.api;
  const { credentials } = integration;
  const RoleArn = credentials === undefined ? undefined : filled(credentials, call.stage.variables);
  try {
    const request = serviceRequest(call, integration, sent);
    const answer = await services.call({ accountId, region, RoleArn, sourceArn: sourceArn(call), ...request }, signal);
    return { ...answer, headers: receivedHeaders(answer.headers) };
  } catch (error) {
    if (error instanceof DefinitionFault) throw configurationError(500, error);
    throw error;
  }
}

type Requested = Pick<ServiceCall, "service" | "serviceRegion" | "method" | "path" | "search" | "headers" | "body">;

/** What the integration asks of its service. Throws DefinitionFault. */
export function serviceRequest(
  { request, stage }: Pick<RoutedCall, "request" | "stage">,
  { uri = "", httpMethod = "POST" }: RestIntegration,
  sent: Sent,
): Requested {
  const target = parseIntegrationUri(filled(uri, stage.variables));
  const form = target && INTEGRATION_SERVICES[target.service];
  if (!target || !form)
    throw new DefinitionFault("the integration's URI, with its variables, names no service: change it");
  const { service, region: serviceRegion, subdomain, kind, rest } = target;
  const { actions } = form;
  const headers: Record<string, string> = { accept: "application/json" };
  headers["content-type"] = request.header("content-type") ?? "application/json";
  const isAction = kind === "action";
  // The bucket may be in front of the service's name, as in host names.
  const bucket = service === "s3" && subdomain !== undefined ? `${subdomain}/` : "";
  const url = targetUrl(`${PLACE}/${isAction ? "" : `${bucket}${rest.replace(/^\/+/, "")}`}`, sent.path, {});
  if (!url || url.origin !== PLACE)
    throw new DefinitionFault("the path in the integration's URI is no path: change it");
  const query: [string, string][] = [...url.searchParams];
  for (const [name, values] of Object.entries(sent.query)) for (const value of values) query.push([name, value]);
  const mapped = Object.fromEntries(Object.entries(sent.headers).map(([name, values]) => [name, values.join(",")]));
  let { body } = sent;
  if (isAction) {
    if (!actions) throw new DefinitionFault(`${service} has no actions: use path/ in the integration's URI`);
    if (actions.kind === "query") query.unshift(["Action", rest], ["Version", actions.version]);
    else headers["x-amz-target"] = `${actions.prefix}.${rest}`;
  }
  if (actions?.kind === "json" && isAction) {
    headers["content-type"] = actions.contentType;
    // Some map application/json, which says less than the protocol needs.
    if (!mapped["content-type"]?.includes("amz-json")) delete mapped["content-type"];
  }
  if (actions?.kind === "query" && query.some(([name]) => name === "Action")) {
    const type = mapped["content-type"] ?? "";
    if (!type.startsWith(FORM)) body = NOTHING; // a body in JSON has no parameters for it
    headers["content-type"] = FORM;
    delete mapped["content-type"];
  }
  return {
    ...{ service, serviceRegion, headers: { ...headers, ...mapped } },
    method: httpMethod === "ANY" ? request.method : httpMethod,
    path: url.pathname,
    search: query.map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`).join("&"),
    body,
  };
}

function filled(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{stageVariables\.([A-Za-z0-9_]+)\}/g, (_, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] ?? "") : "",
  );
}
