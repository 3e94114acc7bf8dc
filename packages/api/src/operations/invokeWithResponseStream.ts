import type { InvocationResult, StreamedResult } from "@hearth/invoke";
import {
  AwsError,
  choice,
  InvalidParameterValueException,
  InvalidRequestContentException,
  NamespacedFunctionName,
  NotImplementedException,
  Qualifier,
  RecursiveInvocationException,
  RequestTooLargeException,
  ResourceConflictException,
  ResourceNotFoundException,
  ServiceException,
  structure,
  text,
  TooManyRequestsException,
} from "@hearth/model";
import { EVENT_STREAM_TYPE, eventMessage, operation, Reply } from "@hearth/wire";
import { z } from "zod";
import type { ApiDeps } from "../deps.ts";
import { refuseUnbuilt } from "../functions/refuseUnbuilt.ts";
import { invocationRequest, traceHeader } from "../invocations/invocationRequest.ts";

/** One message of the answer's event stream. */
const StreamEvent = structure({
  PayloadChunk: structure({ Payload: z.instanceof(Uint8Array) }).partial(),
  InvokeComplete: structure({ ErrorCode: z.string(), ErrorDetails: z.string(), LogResult: z.string() }).partial(),
}).partial();

/** https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html */
export const invokeWithResponseStream = operation({
  name: "InvokeWithResponseStream",
  isInvocation: true,
  isDataEvent: true,
  http: ["POST", "/2021-11-15/functions/{FunctionName}/response-streaming-invocations", 200],
  query: { Qualifier: "Qualifier" },
  headers: {
    InvocationType: "X-Amz-Invocation-Type",
    LogType: "X-Amz-Log-Type",
    ClientContext: "X-Amz-Client-Context",
    TenantId: "X-Amz-Tenant-Id",
  },
  payload: "Payload",
  input: structure({
    FunctionName: NamespacedFunctionName,
    Qualifier: Qualifier.optional(),
    InvocationType: choice(["RequestResponse", "DryRun"]).optional(),
    LogType: choice(["None", "Tail"]).optional(),
    ClientContext: text().optional(),
    TenantId: text({ min: 1, max: 256, pattern: "[a-zA-Z0-9\\._:\\/=+\\-@ ]+" }).optional(),
    Payload: z.instanceof(Uint8Array),
  }),
  output: structure({
    StatusCode: z.number(),
    ExecutedVersion: z.string(),
    EventStream: StreamEvent,
    ResponseStreamContentType: z.string(),
  }).partial(),
  errors: [
    InvalidParameterValueException,
    ResourceNotFoundException,
    ResourceConflictException,
    TooManyRequestsException,
    RequestTooLargeException,
    InvalidRequestContentException,
    RecursiveInvocationException,
    NotImplementedException,
  ],
  async handle(input, context, { invoking, clock }: Pick<ApiDeps, "invoking" | "clock">) {
    if (input.TenantId !== undefined) refuseUnbuilt("InvokeWithResponseStream", { TenantId: input.TenantId });
    const request = invocationRequest(input, context, clock.now());
    if (input.InvocationType === "DryRun") {
      await invoking.dryRun(request);
      return new Reply(204, {}, null);
    }
    const result = await invoking.invokeStreamed(request, context.signal);
    const headers = {
      "Content-Type": EVENT_STREAM_TYPE,
      "X-Amz-Executed-Version": result.ExecutedVersion,
      ...traceHeader(request, context),
    };
    return new Reply(200, headers, ReadableStream.from(messagesOf(result)));
  },
});

async function* messagesOf({ body, ended }: StreamedResult): AsyncGenerator<Uint8Array> {
  let failure: unknown;
  try {
    for await (const chunk of body) yield eventMessage("PayloadChunk", "application/octet-stream", chunk);
  } catch (error) {
    failure = error;
  }
  const complete = failure === undefined ? completionOf(await ended) : brokenOff(failure);
  yield eventMessage("InvokeComplete", "application/json", Buffer.from(JSON.stringify(complete)));
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStreamCompleteEvent.html */
function completionOf({ outcome, logTail }: InvocationResult): object {
  return {
    ...(outcome.kind !== "success" && {
      ErrorCode: "Unhandled",
      ErrorDetails: Buffer.from(outcome.payload).toString(),
    }),
    ...(logTail && { LogResult: Buffer.from(logTail).toString("base64") }),
  };
}

/** The last message when Hearth fails after the response's status was sent. */
function brokenOff(error: unknown): object {
  const known = error instanceof AwsError ? error : new ServiceException("The function's answer broke off.");
  return { ErrorCode: known.code, ErrorDetails: known.message };
}
