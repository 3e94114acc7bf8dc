// What a handler gets beside its event. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
import { header } from "./channel.mjs";
import { isModern } from "./generation.mjs";

let modern;

/** The members that every handler's context has. */
export function contextOf(requestId, head) {
  const deadlineMs = Number(header(head, "Lambda-Runtime-Deadline-Ms"));
  const clientContext = header(head, "Lambda-Runtime-Client-Context");
  const identity = header(head, "Lambda-Runtime-Cognito-Identity");
  const env = process.env;
  modern ??= isModern();
  return {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: clientContext === undefined ? undefined : JSON.parse(clientContext),
    identity: identity === undefined ? undefined : JSON.parse(identity),
    invokedFunctionArn: header(head, "Lambda-Runtime-Invoked-Function-Arn"),
    awsRequestId: requestId,
    tenantId: header(head, "Lambda-Runtime-Aws-Tenant-Id"),
    ...(modern && { xRayTraceId: header(head, "Lambda-Runtime-Trace-Id") }),
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}
