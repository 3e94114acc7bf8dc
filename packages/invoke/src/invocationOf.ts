import { functionArn, type FunctionVersion, type Invocation } from "@hearth/model";
import type { AcquiredTrace } from "./tracing/activeTracing.ts";
import type { InvocationRequest } from "./invocationRequest.ts";
import { traceWithoutLineage } from "./lineage.ts";
import type { StreamedAnswer } from "./streamedAnswer.ts";

/** What an environment runs for `request`. `answer` takes a streamed answer; `activeTrace` is the trace where the function's tracing is active. */
export function invocationOf(
  request: InvocationRequest,
  version: FunctionVersion,
  payload: Uint8Array,
  lineage: string,
  answer: StreamedAnswer | undefined,
  activeTrace: AcquiredTrace | undefined,
): Invocation {
  const { accountId, region, FunctionName, Qualifier } = request;
  const invocation: Invocation = {
    requestId: request.requestId,
    version,
    invokedFunctionArn: functionArn({ region, accountId, FunctionName, Qualifier }),
    payload,
    wantLogTail: request.wantLogTail === true,
    lineage,
  };
  if (request.clientContext === undefined && request.traceId === undefined && !answer && activeTrace === undefined) {
    return invocation;
  }
  const traceId =
    activeTrace?.traceId ?? (request.traceId === undefined ? undefined : traceWithoutLineage(request.traceId));
  return {
    ...invocation,
    ...(request.clientContext !== undefined && { clientContext: request.clientContext }),
    ...(traceId !== undefined && { traceId }),
    ...(activeTrace && { tracing: activeTrace.tracing }),
    ...(answer && { sink: answer }),
  };
}
