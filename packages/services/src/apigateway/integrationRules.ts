import { INTEGRATION_SERVICES, parseIntegrationUri } from "@hearth/apis";
import { NotImplementedException, structure } from "@hearth/model";
import { BadRequestException } from "../apigatewayv2/errors.ts";
import { functionArnIn } from "../apigatewayv2/lambdaUri.ts";
import { conforming } from "./editing.ts";
import { checkRequestMappings } from "./mappings.ts";
import type { IntegrationDocument } from "./methodEditing.ts";
import type { Settings } from "./patch.ts";
import * as words from "./words.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const MIN_TIMEOUT = 50;
const MAX_TIMEOUT = 29_000;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"];
const rules = structure(words.integrationMembers);

/** Adds what the client left out of an integration and checks the whole. */
export function completeIntegration(resourceId: string, settings: Settings): IntegrationDocument {
  const whole = {
    passthroughBehavior: "WHEN_NO_MATCH",
    timeoutInMillis: MAX_TIMEOUT,
    cacheNamespace: resourceId,
    cacheKeyParameters: [],
    ...settings,
  } as Settings as IntegrationDocument;
  conforming(rules, whole);
  const { type, httpMethod, uri = "", timeoutInMillis } = whole;
  if (whole["connectionType"] === "VPC_LINK") throw new NotImplementedException("VPC links are not built.");
  if (/^arn:aws[a-z-]*:iam::\*:user\//.test(String(whole["credentials"] ?? ""))) {
    throw new NotImplementedException(
      "Integrations with the caller's own credentials are not built: name a role, or none.",
    );
  }
  if (timeoutInMillis < MIN_TIMEOUT || timeoutInMillis > MAX_TIMEOUT) {
    throw new BadRequestException(`Timeout should be between ${MIN_TIMEOUT} ms and ${MAX_TIMEOUT} ms`);
  }
  if (type !== "MOCK") {
    if (httpMethod === undefined) throw new BadRequestException("Enumeration value for HttpMethod must be non-empty");
    if (!METHODS.includes(httpMethod)) throw new BadRequestException("Invalid HTTP method specified");
    if (type === "HTTP" || type === "HTTP_PROXY") checkUrl(uri);
    else checkArn(type, uri);
  }
  if (whole.responseTransferMode === "STREAM" && !type.endsWith("_PROXY")) {
    throw new BadRequestException("Response transfer mode STREAM is only supported for proxy integrations");
  }
  checkRequestMappings(whole.requestParameters);
  return whole;
}

function checkUrl(uri: string): void {
  const filled = uri.replaceAll(/\$\{stageVariables\.\w+\}/g, "x").replaceAll(/\{[^{}]+\}/g, "x");
  if (/^(?:https?:\/\/|x)/.test(filled) && (filled.startsWith("x") || URL.canParse(filled))) return;
  throw new BadRequestException("Invalid HTTP endpoint specified for URI");
}

function checkArn(type: string, uri: string): void {
  const target = parseIntegrationUri(uri);
  if (!target) {
    throw new BadRequestException(
      uri.startsWith("arn:")
        ? "AWS ARN for integration must contain path or action"
        : "Invalid ARN specified in the request",
    );
  }
  const { service, kind } = target;
  if (service !== "lambda") {
    if (type === "AWS_PROXY") {
      throw new BadRequestException("Integrations of type 'AWS_PROXY' currently only supports Lambda function");
    }
    const form = INTEGRATION_SERVICES[service];
    if (!form) throw new NotImplementedException(`Integrations with the service ${service} are not built.`);
    if (kind === "action" && !form.actions) {
      throw new BadRequestException(`The service ${service} has no actions: use path in the URI`);
    }
    return;
  }
  if (functionArnIn(uri) === undefined && !uri.endsWith("/response-streaming-invocations")) {
    throw new BadRequestException("Invalid ARN specified in the request");
  }
}
