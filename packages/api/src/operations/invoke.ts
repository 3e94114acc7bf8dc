import type { InvocationRequest, InvocationResult } from "@hearth/invoke";
import {
  choice,
  InvalidRequestContentException,
  NamespacedFunctionName,
  NotImplementedException,
  Qualifier,
  RequestTooLargeException,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
  text,
  TooManyRequestsException,
} from "@hearth/model";
import { operation, Reply, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import type { ApiDeps } from "../apiDeps.ts";
import { refuseUnbuilt } from "../configuration.ts";
import { targetOf } from "../target.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export const invoke = operation({
  name: "Invoke",
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
    DurableExecutionName: text().optional(),
    TenantId: text().optional(),
    Payload: z.instanceof(Uint8Array),
  }),
  errors: [
    ResourceNotFoundException,
    ResourceConflictException,
    TooManyRequestsException,
    RequestTooLargeException,
    InvalidRequestContentException,
    NotImplementedException,
  ],
  async handle(input, context, { invoking, region }: Pick<ApiDeps, "invoking" | "region">) {
    const { key, Qualifier } = targetOf(input, context, region, "InvokeFunction");
    const { DurableExecutionName, TenantId, ClientContext, InvocationType } = input;
    if (DurableExecutionName !== undefined || TenantId !== undefined) {
      refuseUnbuilt("Invoke", { DurableExecutionName, TenantId });
    }
    if (ClientContext !== undefined) checkClientContext(ClientContext);
    const traceId = traceIdOf(context);
    const request: InvocationRequest = {
      ...key,
      ...(Qualifier !== undefined && { Qualifier }),
      payload: input.Payload,
      requestId: context.requestId,
      ...(ClientContext !== undefined && { clientContext: ClientContext }),
      ...(traceId !== undefined && { traceId }),
      wantLogTail: input.LogType === "Tail",
    };
    switch (InvocationType) {
      case "Event":
        await invoking.enqueue(request);
        return new Reply(202, {}, null);
      case "DryRun":
        await invoking.dryRun(request);
        return new Reply(204, {}, null);
      default:
        return answerOf(await invoking.invoke(request, context.signal));
    }
  },
});

function answerOf({ outcome, ExecutedVersion, logTail }: InvocationResult): Reply {
  return new Reply(
    200,
    {
      "Content-Type": "application/json",
      "X-Amz-Executed-Version": ExecutedVersion,
      ...(outcome.kind !== "success" && { "X-Amz-Function-Error": "Unhandled" }),
      ...(logTail && { "X-Amz-Log-Result": Buffer.from(logTail).toString("base64") }),
    },
    outcome.payload,
  );
}

function checkClientContext(encoded: string): void {
  try {
    JSON.parse(Buffer.from(encoded, "base64").toString());
  } catch (error) {
    throw new InvalidRequestContentException(
      `Client context must be a valid Base64-encoded JSON object: ${(error as SyntaxError).message}`,
    );
  }
}

function traceIdOf({ headers }: RequestContext): string | undefined {
  const value = headers["x-amzn-trace-id"];
  return typeof value === "string" ? value : undefined;
}
