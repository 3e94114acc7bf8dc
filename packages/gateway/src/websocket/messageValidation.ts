import type { ApiRoute, ApiStage } from "@hearth/apis";
import { configurationError, GatewayFailure } from "../rest/gatewayFailure.ts";
import type { Templates } from "../rest/integrationRequest.ts";
import type { BodyCheck } from "../rest/templates/validateBody.ts";
import { mappedValues, selectedKey, type SocketSources } from "./socketExpressions.ts";

const DEFAULT = "$default";

/**
 * Refuses a message that does not fit the model which the route's expression selects, and a handshake without the parameters that `$connect` requires: by
 * GatewayFailure. https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-request-validation.html
 */
export async function validateMessage(
  templates: Templates,
  accountId: string,
  route: ApiRoute,
  { contents }: ApiStage,
  sources: SocketSources,
): Promise<void> {
  if (sources.handshake) checkParameters(route, sources);
  const { modelSelectionExpression, requestModels = {} } = route;
  if (modelSelectionExpression === undefined) return;
  const key = selectedKey(modelSelectionExpression, sources);
  const model = Object.hasOwn(requestModels, key) ? requestModels[key] : requestModels[DEFAULT];
  if (model === undefined) throw badBody(`no model for ${JSON.stringify(key.slice(0, 100))}`);
  const wrong = await wrongIn(templates, accountId, { body: sources.body.text, model, models: contents.models });
  if (wrong !== undefined) throw badBody(wrong);
}

async function wrongIn(templates: Templates, accountId: string, check: BodyCheck): Promise<string | undefined> {
  try {
    return await templates.call(accountId, "validateBody", check);
  } catch (error) {
    throw configurationError(500, error); // the schema is wrong, or asks for too much
  }
}

function checkParameters({ requestParameters = {} }: ApiRoute, sources: SocketSources): void {
  const missing = Object.entries(requestParameters)
    .filter(([key, { required }]) => required === true && (mappedValues(key, sources)[0] ?? "") === "")
    .map(([key]) => key.split(".").slice(3).join("."))
    .toSorted();
  if (missing.length === 0) return;
  const text = `Missing required request parameters: [${missing.join(", ")}]`;
  throw new GatewayFailure("BAD_REQUEST_PARAMETERS", { text });
}

function badBody(validation: string): GatewayFailure {
  return new GatewayFailure("BAD_REQUEST_BODY", { text: "Bad request body", validation });
}
