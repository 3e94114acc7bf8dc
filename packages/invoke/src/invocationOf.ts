import { functionArn, type FunctionVersion, type Invocation } from "@hearth/model";
import type { InvocationRequest } from "./invocationRequest.ts";
import { traceWithoutLineage } from "./lineage.ts";
import type { StreamedAnswer } from "./streamedAnswer.ts";

/** What an environment runs for `request`. `answer` takes a streamed answer; `activeTrace` is the trace header where the function's tracing is active. */
export function invocationOf(
  request: InvocationRequest,
  version: FunctionVersion,
  payload: Uint8Array,
  lineage: string,
  answer: StreamedAnswer | undefined,
  activeTrace: string | undefined,
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
  const traceId = activeTrace ?? (request.traceId === undefined ? undefined : traceWithoutLineage(request.traceId));
  return {
    ...invocation,
    ...(request.clientContext !== undefined && { clientContext: request.clientContext }),
    ...(traceId !== undefined && { traceId }),
    ...(answer && { sink: answer }),
  };
}
