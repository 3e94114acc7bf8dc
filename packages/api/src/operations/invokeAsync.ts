import {
  InvalidParameterValueException,
  InvalidRequestContentException,
  MAX_INVOKE_ASYNC_BYTES,
  NamespacedFunctionName,
  RequestTooLargeException,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { ApiDeps } from "../deps.ts";
import { invocationRequest } from "../invocations/invocationRequest.ts";

/** Deprecated by AWS in favour of Invoke with `Event`, and the same. https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html */
export const invokeAsync = operation({
  name: "InvokeAsync",
  isInvocation: true,
  isDataEvent: true,
  http: ["POST", "/2014-11-13/functions/{FunctionName}/invoke-async", 202],
  payload: "InvokeArgs",
  maxBodyBytes: MAX_INVOKE_ASYNC_BYTES,
  input: structure({
    FunctionName: NamespacedFunctionName,
    InvokeArgs: z.instanceof(Uint8Array, { error: "Member must not be null" }),
  }),
  output: structure({ Status: z.number() }).partial(),
  errors: [
    InvalidParameterValueException,
    ResourceNotFoundException,
    ResourceConflictException,
    RequestTooLargeException,
    InvalidRequestContentException,
  ],
  async handle({ FunctionName, InvokeArgs }, context, { invoking, clock }: Pick<ApiDeps, "invoking" | "clock">) {
    await invoking.enqueue(invocationRequest({ FunctionName, Payload: InvokeArgs }, context, clock.now()));
    return { Status: 202 };
  },
});
