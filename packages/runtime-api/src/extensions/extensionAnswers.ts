import { answer, type Answer } from "../answers.ts";

/** The Extensions API's answers. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html */
export const OK = answer(202, { status: "OK" });
export const INVALID_NAME = extensionError(400, "InvalidExtensionName", "Empty extension name");
export const REGISTRATION_CLOSED = extensionError(403, "RegistrationClosed", "Extension registration closed already");
export const ALREADY_REGISTERED = extensionError(
  403,
  "AlreadyRegistered",
  "Extension with this name already registered",
);
export const TOO_MANY = extensionError(403, "TooManyExtensions", "Too many extensions registered");
export const MISSING_IDENTIFIER = extensionError(
  403,
  "MissingExtensionIdentifier",
  "Missing Lambda-Extension-Identifier header",
);
export const INVALID_IDENTIFIER = extensionError(
  403,
  "InvalidExtensionIdentifier",
  "Invalid Lambda-Extension-Identifier",
);
export const UNKNOWN_IDENTIFIER = extensionError(403, "UnknownExtensionIdentifier", "Unknown extension");
export const MISSING_ERROR_TYPE = extensionError(
  400,
  "MissingHeader",
  "Lambda-Extension-Function-Error-Type not found",
);
export const INVALID_FORMAT = answer(400, {
  errorMessage: "Could not parse the request body: it must be a JSON object",
  errorType: "InvalidRequestFormat",
});
export const ACCEPT_FEATURE = "accountId";

export function invalidEvent(event: string): Answer {
  return extensionError(400, "InvalidEventType", `Invalid event type: ${event}`);
}

export function invalidTransition(what: string): Answer {
  return extensionError(403, "InvalidExtensionState", `State transition is not allowed: ${what}`);
}

function extensionError(status: number, type: string, errorMessage: string): Answer {
  return answer(status, { errorMessage, errorType: `Extension.${type}` });
}
