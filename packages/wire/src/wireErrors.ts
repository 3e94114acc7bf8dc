import { NotImplementedException, RequestEntityTooLargeException, RequestTooLargeException } from "@hearth/model";

export function notImplemented(operation: string): NotImplementedException {
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
