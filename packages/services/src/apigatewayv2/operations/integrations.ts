import { NotImplementedException } from "@hearth/model";
import { BadRequestException, ConflictException } from "../errors.ts";
import { functionArnIn } from "../lambdaUri.ts";
import { type PartNoun, partOperations, type Settings } from "../partOperations.ts";
import { checkSelection } from "../selectionExpression.ts";
import { ofSubtype } from "../subtypeRules.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const QUOTA = 300;
const MAX_TIMEOUT_MS = { HTTP: 30_000, WEBSOCKET: 29_000 } as const;

interface IntegrationDocument extends Settings {
  readonly integrationType: string;
  readonly integrationUri?: string;
  readonly integrationMethod?: string;
  readonly integrationSubtype?: string;
  readonly credentialsArn?: string;
  readonly connectionType?: string;
  readonly payloadFormatVersion?: string;
  readonly requestParameters?: Readonly<Record<string, string>>;
  readonly templateSelectionExpression?: string;
  readonly timeoutInMillis?: number;
}

/** https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html */
export const integration: PartNoun = {
  noun: "Integration",
  kind: "integration",
  idMember: "integrationId",
  path: "integrations",
  child: "integrationResponse",
  members: words.integrationMembers,
  required: ["integrationType"],
  quota: ({ limits }) => Math.max(QUOTA, limits.routes),
  complete: (edit, given) => {
    const settings = given as IntegrationDocument;
    const { protocol } = edit.api;
    if (settings.connectionType === "VPC_LINK") throw new NotImplementedException("VPC links are not built.");
    const timeout = settings.timeoutInMillis ?? (protocol === "HTTP" ? 30_000 : 29_000);
    const limit = protocol === "HTTP" ? MAX_TIMEOUT_MS.HTTP : MAX_TIMEOUT_MS.WEBSOCKET;
    if (timeout > limit) {
      throw new BadRequestException(`Timeout should be between 50 ms and ${limit} ms, got ${timeout} ms`);
    }
    const whole = { connectionType: "INTERNET", ...settings, timeoutInMillis: timeout };
    if (settings.integrationSubtype !== undefined) return ofSubtype(whole, settings.integrationSubtype, protocol);
    return protocol === "HTTP" ? ofHttpApi(whole) : ofWebSocketApi(whole);
  },
  checkUnused: async (edit, integrationId) => {
    const user = (await edit.all("route")).find(
      ({ settings }) => settings["target"] === `integrations/${integrationId}`,
    );
    if (user) {
      throw new ConflictException(
        `Cannot delete Integration '${integrationId}' due to its use in the route ${String(user.settings["routeKey"])}`,
      );
    }
  },
};

function ofHttpApi(settings: IntegrationDocument): Settings {
  switch (settings.integrationType) {
    case "AWS_PROXY": {
      const { payloadFormatVersion } = settings;
      if (payloadFormatVersion !== "1.0" && payloadFormatVersion !== "2.0") {
        throw new BadRequestException(
          "PayloadFormatVersion is a required parameter for integration type AWS_PROXY. Valid values are 1.0 and 2.0",
        );
      }
      checkFunction(settings);
      return { integrationMethod: "POST", ...settings };
    }
    case "HTTP_PROXY":
      checkUrl(settings);
      if (settings.integrationMethod === undefined) {
        throw new BadRequestException("HttpMethod must be specified for the integration type HTTP_PROXY");
      }
      return { ...settings, payloadFormatVersion: "1.0" };
    default:
      throw new BadRequestException(
        `Invalid integration type specified: ${settings.integrationType}. HTTP APIs support AWS_PROXY and HTTP_PROXY`,
      );
  }
}

/** Where an integration response is chosen by: clients cannot change it. */
const BY_STATUS = "${integration.response.statuscode}";
const BY_ERROR = "${integration.response.body.errorMessage}";
const MAPPING = /^integration\.request\.(?:header|querystring|path)\.[A-Za-z0-9._$-]+$/;
const SOURCE =
  /^(?:route\.request\.(?:(?:multivalue)?(?:querystring|header)\.[A-Za-z0-9._$-]+|body(?:\..+)?)|context\..+|stageVariables\..+|'[^']*')$/s;

function ofWebSocketApi(settings: IntegrationDocument): Settings {
  const { integrationType, integrationUri = "" } = settings;
  switch (integrationType) {
    case "AWS":
    case "AWS_PROXY": {
      const [, service] =
        /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:([a-z0-9.-]+):(?:path|action)\//.exec(integrationUri) ?? [];
      if (integrationType === "AWS" && service !== undefined && service !== "lambda") {
        throw new NotImplementedException(`Integrations with the service ${service} are not built.`);
      }
      checkFunction(settings);
      break;
    }
    case "HTTP":
    case "HTTP_PROXY":
      checkUrl(settings);
      break;
    default:
      break;
  }
  checkSelection(settings.templateSelectionExpression, "request");
  for (const [target, source] of Object.entries(settings.requestParameters ?? {})) {
    // AWS shows them as those of methods too.
    if (MAPPING.test(target) && SOURCE.test(source.replace(/^method\.request\./, "route.request."))) continue;
    throw new BadRequestException(`Invalid mapping expression specified: ${target}=${source}`);
  }
  return {
    passthroughBehavior: "WHEN_NO_MATCH",
    ...settings,
    payloadFormatVersion: "1.0",
    integrationResponseSelectionExpression: integrationType === "AWS" ? BY_ERROR : BY_STATUS,
  };
}

function checkFunction({ integrationUri = "" }: IntegrationDocument): void {
  if (functionArnIn(integrationUri) === undefined) {
    throw new BadRequestException(`Invalid integration URI specified for a Lambda function: ${integrationUri}`);
  }
}

function checkUrl({ integrationUri = "" }: IntegrationDocument): void {
  const url = integrationUri.replaceAll(/\$\{stageVariables\.[A-Za-z0-9_]+\}|\{[A-Za-z0-9._+-]+\}/g, "x");
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new BadRequestException(`Invalid HTTP endpoint specified for URI: ${integrationUri}`);
  }
}

export const integrationOperations = partOperations(integration);

/** The integration that quick create makes for a target. */
export function quickIntegration(target: string): Settings {
  return functionArnIn(target) === undefined
    ? { integrationType: "HTTP_PROXY", integrationMethod: "ANY", integrationUri: target }
    : { integrationType: "AWS_PROXY", payloadFormatVersion: "2.0", integrationUri: target };
}
