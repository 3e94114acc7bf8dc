import { mediaType } from "./binaryTypes.ts";
import { GatewayFailure } from "./gatewayFailure.ts";
import type { RoutedCall } from "./restCall.ts";
import { mappedValues } from "./restParameters.ts";
import type { TemplateThreads } from "./templates/templateThreads.ts";

/**
 * Refuses what the method's validator does not let through: by GatewayFailure.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
 */
export async function validateRequest(call: RoutedCall, threads: Pick<TemplateThreads, "call">): Promise<void> {
  const { contents } = call.stage;
  const { method } = call.route;
  const validator =
    method.requestValidatorId === undefined ? undefined : contents.requestValidators.get(method.requestValidatorId);
  if (!validator) return;
  if (validator.validateRequestParameters) checkParameters(call);
  const model = validator.validateRequestBody ? modelOf(call) : undefined;
  if (model === undefined) return;
  const models = Object.fromEntries([...contents.models.values()].map(({ name, schema = "" }) => [name, schema]));
  const body = (await call.body()).toString();
  const wrong = await threads.call(call.api.accountId, "validateBody", { body, model, models });
  if (wrong !== undefined) throw new GatewayFailure("BAD_REQUEST_BODY", { validation: wrong });
}

function checkParameters(call: RoutedCall): void {
  const missing = Object.entries(call.route.method.requestParameters ?? {})
    .filter(([parameter, isRequired]) => isRequired && (mappedValues(parameter, call)[0] ?? "") === "")
    .map(([parameter]) => parameter.split(".").slice(3).join("."))
    .toSorted();
  if (missing.length === 0) return;
  const text = `Missing required request parameters: [${missing.join(", ")}]`;
  throw new GatewayFailure("BAD_REQUEST_PARAMETERS", { text });
}

/** The model for the body's content type; without one, `application/json`. */
function modelOf({ route, request }: RoutedCall): string | undefined {
  const models = route.method.requestModels ?? {};
  const type = mediaType(request.header("content-type")) || "application/json";
  return Object.entries(models).find(([key]) => key.toLowerCase() === type)?.[1] ?? models["$default"];
}
