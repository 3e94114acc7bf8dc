// Errors of the runtime itself, named as AWS names them, and the document that a failed function answers with.

export class RuntimeError extends Error {
  constructor(name, message, cause) {
    super(message);
    this.name = name;
    if (cause?.stack) {
      const frames = String(cause.stack)
        .split("\n")
        .filter((line) => line.startsWith("    at "));
      this.stack = [`${name}: ${message}`, ...frames].join("\n");
    }
  }
}

export const malformedHandlerName = (message) => new RuntimeError("Runtime.MalformedHandlerName", message);
export const handlerNotFound = (message) => new RuntimeError("Runtime.HandlerNotFound", message);
export const malformedStreamingHandler = (message) => new RuntimeError("Runtime.MalformedStreamingHandler", message);
export const userCodeSyntaxError = (cause) => new RuntimeError("Runtime.UserCodeSyntaxError", String(cause), cause);
export const importModuleError = (cause) => new RuntimeError("Runtime.ImportModuleError", String(cause), cause);
export const marshalError = (cause) =>
  new RuntimeError("Runtime.MarshalError", `Unable to stringify response body: ${cause?.message ?? cause}`, cause);

export function unhandledRejection(reason) {
  const error = new RuntimeError(
    "Runtime.UnhandledPromiseRejection",
    String(reason),
    reason instanceof Error ? reason : undefined,
  );
  if (reason instanceof Error) error.reason = reason;
  return error;
}

/** AWS's document about a failure: {errorType, errorMessage, trace}. Never throws, whatever was thrown. */
export function errorDocument(error) {
  try {
    if (error instanceof Error || (error && typeof error === "object" && "message" in error && "stack" in error)) {
      return {
        errorType: String(error.name),
        errorMessage: String(error.message),
        trace: String(error.stack).split("\n"),
      };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    // Its own toString or getters threw.
    return {
      errorType: "handled",
      errorMessage:
        "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
      trace: [],
    };
  }
}
