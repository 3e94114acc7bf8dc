import type { InvocationResult } from "@hearth/invoke";
import {
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
  structure,
  text,
  TooManyRequestsException,
} from "@hearth/model";
import { operation, Reply, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import type { ApiDeps } from "../deps.ts";
import { refuseUnbuilt } from "../functions/refuseUnbuilt.ts";
import { invocationRequest, traceHeader, type TracedRequest } from "../invocations/invocationRequest.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export const invoke = operation({
  name: "Invoke",
  isInvocation: true,
  isDataEvent: true,
  http: ["POST", "/2015-03-31/functions/{FunctionName}/invocations", 200],
  query: { Qualifier: "Qualifier" },
  headers: {
    InvocationType: "X-Amz-Invocation-Type",
    LogType: "X-Amz-Log-Type",
    ClientContext: "X-Amz-Client-Context",
    DurableExecutionName: "X-Amz-Durable-Execution-Name",
    TenantId: "X-Amz-Tenant-Id",
  },
  payload: "Payload",
  input: structure({
    FunctionName: NamespacedFunctionName,
    Qualifier: Qualifier.optional(),
    InvocationType: choice(["Event", "RequestResponse", "DryRun"]).optional(),
    LogType: choice(["None", "Tail"]).optional(),
    ClientContext: text().optional(),
    DurableExecutionName: text({ min: 1, max: 64, pattern: "[a-zA-Z0-9-_]+" }).optional(),
    TenantId: text({ min: 1, max: 256, pattern: "[a-zA-Z0-9\\._:\\/=+\\-@ ]+" }).optional(),
    Payload: z.instanceof(Uint8Array),
  }),
  output: structure({
    StatusCode: z.number(),
    FunctionError: z.string(),
    LogResult: z.string(),
    Payload: z.instanceof(Uint8Array),
    ExecutedVersion: z.string(),
    DurableExecutionArn: z.string(),
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
    const { DurableExecutionName, TenantId } = input;
    if (DurableExecutionName !== undefined || TenantId !== undefined) {
      refuseUnbuilt("Invoke", { DurableExecutionName, TenantId });
    }
    const request = invocationRequest(input, context, clock.now());
    switch (input.InvocationType) {
      case "Event":
        await invoking.enqueue(request);
        return new Reply(202, traceHeader(request, context), null);
      case "DryRun":
        await invoking.dryRun(request);
        return new Reply(204, traceHeader(request, context), null);
      default:
        return answerOf(await invoking.invoke(request, context.signal), request, context);
    }
  },
});

function answerOf(
  { outcome, ExecutedVersion, logTail, traceId }: InvocationResult,
  request: TracedRequest,
  context: RequestContext,
): Reply {
  return new Reply(
    200,
    {
      "Content-Type": "application/json",
      "X-Amz-Executed-Version": ExecutedVersion,
      ...traceHeader({ traceId: traceId ?? request.traceId }, context),
      ...(outcome.kind !== "success" && { "X-Amz-Function-Error": "Unhandled" }),
      ...(logTail && { "X-Amz-Log-Result": Buffer.from(logTail).toString("base64") }),
    },
    outcome.payload,
  );
}
