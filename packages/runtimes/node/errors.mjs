// Errors of the runtime itself, named as AWS names them, and the document that a failed function answers with.
import { isModern } from "./generation.mjs";
import { withoutOwnFrames } from "./ownFrames.mjs";

export class RuntimeError extends Error {
  constructor(name, message, cause) {
    super(message);
    // The log shows an error's own members: AWS's newer runtime has the name among them.
    Object.defineProperty(this, "name", { value: name, enumerable: isModern(), configurable: true, writable: true });
    if (cause?.stack) {
      const frames = String(cause.stack)
        .split("\n")
        .filter((line) => line.startsWith("    at "));
      this.stack = [`${name}: ${message}`, ...frames].join("\n");
    }
  }
}

const CALLBACK =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

// JSON logs call them by their classes.
class MalformedHandlerNameError extends RuntimeError {}
class HandlerNotFoundError extends RuntimeError {}
class MalformedStreamingHandler extends RuntimeError {}
class CallbackHandlerDeprecatedError extends RuntimeError {}
class ImportModuleError extends RuntimeError {}
class UserCodeSyntaxError extends RuntimeError {}
class JSONStringifyError extends RuntimeError {}
class UnhandledPromiseRejection extends RuntimeError {}

export const malformedHandlerName = (message) => new MalformedHandlerNameError("Runtime.MalformedHandlerName", message);
export const handlerNotFound = (message) => new HandlerNotFoundError("Runtime.HandlerNotFound", message);
export const malformedStreamingHandler = (message) =>
  new MalformedStreamingHandler("Runtime.MalformedStreamingHandler", message);
export const callbackHandler = () => new CallbackHandlerDeprecatedError("Runtime.CallbackHandlerDeprecated", CALLBACK);
export const importModuleError = (cause) => new ImportModuleError("Runtime.ImportModuleError", String(cause), cause);

export function userCodeSyntaxError(cause) {
  const error = new UserCodeSyntaxError("Runtime.UserCodeSyntaxError", String(cause), cause);
  if (isModern()) error.stack = cause.stack;
  return error;
}

export function marshalError() {
  const message = "Unable to stringify response body";
  return isModern() ? new JSONStringifyError("Runtime.JSONStringifyError", message) : new Error(message);
}

export function unhandledRejection(reason, promise) {
  const error = new UnhandledPromiseRejection("Runtime.UnhandledPromiseRejection", String(reason));
  return Object.assign(error, { reason, promise });
}

/** What was thrown as an error: what is none becomes the message of one. */
export function intoError(thrown) {
  return thrown instanceof Error ? thrown : new Error(textOf(thrown));
}

function textOf(value) {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

/** AWS's document about a failure: {errorType, errorMessage, trace}. Never throws, whatever was thrown. */
export function errorDocument(error) {
  try {
    if (error instanceof Error || (!isModern() && error?.name && error.message && error.stack)) {
      return {
        errorType: shown(error.name),
        errorMessage: shown(error.message),
        trace: withoutOwnFrames(shown(error.stack)).split("\n"),
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

const shown = (text) => String(text).replaceAll("\x7f", "%7F");
