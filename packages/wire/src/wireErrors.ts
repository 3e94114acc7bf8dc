import { NotImplementedException, RequestEntityTooLargeException, RequestTooLargeException } from "@hearth/model";

/** `@connections` of a WebSocket API, without the API. */
const CONNECTIONS = /^execute-api [A-Z]+ \/(?:@|%40)connections(?:\/|$)/i;

export function notImplemented(operation: string): NotImplementedException {
  if (CONNECTIONS.test(operation)) {
    return new NotImplementedException(
      "The endpoint of @connections has to name the API and its stage, such as http://<api-id>.execute-api.<region>.localhost:4566/<stage>, or http://127.0.0.1:4566/_hearth/api/<api-id>/<stage>.",
    );
  }
  return new NotImplementedException(`The operation ${operation} is not implemented by Hearth.`);
}

export function entityTooLarge(operation: string, maxBytes: number): RequestEntityTooLargeException {
  return new RequestEntityTooLargeException(
    `Request must be smaller than ${maxBytes} bytes for the ${operation} operation`,
  );
}

/** For a raw payload. AWS's own name of Invoke is InvokeFunction. */
export function payloadTooLarge(operation: string, maxBytes: number): RequestTooLargeException {
  const name = operation === "Invoke" ? "InvokeFunction" : operation;
  return new RequestTooLargeException(`Request must be smaller than ${maxBytes} bytes for the ${name} operation`);
}
