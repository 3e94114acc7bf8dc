import type { ApiIntegration, ApiIntegrationResponse, ApiStage } from "@hearth/apis";
import { DefinitionFault } from "../definitionFault.ts";
import type { HttpReply } from "../httpEndpoint.ts";
import { configurationError } from "../rest/gatewayFailure.ts";
import type { Templates } from "../rest/integrationRequest.ts";
import { isHeader } from "../rest/isHeader.ts";
import { matchesWhole } from "../rest/linearPattern.ts";
import type { IntegrationAnswer } from "../rest/restParameters.ts";
import { mappedValues, type SocketSources } from "./socketExpressions.ts";
import { responseBody } from "./socketTemplates.ts";

const DEFAULT = "$default";
const HEADER = /^(?:method|route)\.response\.header\.(.+)$/;

/**
 * What a client gets of the answer of an integration that is no proxy: by the first integration response whose pattern matches all of `subject`, else by
 * the one for everything else. `subject`: the status of an HTTP endpoint or a mock, the error message of a function. Throws GatewayFailure.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-responses.html
 */
export async function customReply(
  templates: Templates,
  accountId: string,
  { contents }: ApiStage,
  { integrationId }: ApiIntegration,
  { sources, answer, subject }: CustomAnswer,
): Promise<HttpReply> {
  const response = responseFor(contents.integrationResponses.get(integrationId) ?? [], subject);
  if (!response) {
    const fault =
      "no integration response of the route fits what the integration answered: add one with the key $default";
    throw configurationError(500, new DefinitionFault(fault));
  }
  const headers: Record<string, string> = {};
  for (const [target, expression] of Object.entries(response.responseParameters ?? {})) {
    const name = HEADER.exec(target)?.[1]?.toLowerCase();
    const [value] = mappedValues(expression, sources, answer);
    if (name !== undefined && value !== undefined && isHeader(name, value)) headers[name] = value;
  }
  const body = await responseBody(templates, accountId, sources, response, answer);
  return { status: answer.status, headers, body };
}

export interface CustomAnswer {
  readonly sources: SocketSources;
  readonly answer: IntegrationAnswer;
  readonly subject: string | undefined;
}

function responseFor(
  responses: readonly ApiIntegrationResponse[],
  subject: string | undefined,
): ApiIntegrationResponse | undefined {
  const matching =
    subject === undefined
      ? undefined
      : responses.find(({ integrationResponseKey: key }) => key !== DEFAULT && matchesWhole(key.slice(1, -1), subject));
  return matching ?? responses.find(({ integrationResponseKey: key }) => key === DEFAULT);
}
