import type { RestBinding } from "@hearth/wire";

/** An operation that AWS has and Hearth does not, with the reason. */
export interface NotBuilt extends Pick<RestBinding, "http"> {
  readonly name: string;
  readonly why: string;
}

function because(why: string, operations: Readonly<Record<string, RestBinding["http"]>>): readonly NotBuilt[] {
  return Object.entries(operations).map(([name, http]) => ({ name, http, why }));
}

/** Answered with 400 NotImplementedException, because SDKs retry a 5xx for minutes. */
export const notBuilt: readonly NotBuilt[] = [
  ...because("Durable executions are not built.", {
    CheckpointDurableExecution: ["POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint", 200],
    GetDurableExecution: ["GET", "/2025-12-01/durable-executions/{DurableExecutionArn}", 200],
    GetDurableExecutionHistory: ["GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/history", 200],
    GetDurableExecutionState: ["GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/state", 200],
    ListDurableExecutionsByFunction: ["GET", "/2025-12-01/functions/{FunctionName}/durable-executions", 200],
    SendDurableExecutionCallbackFailure: ["POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail", 200],
    SendDurableExecutionCallbackHeartbeat: [
      "POST",
      "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat",
      200,
    ],
    SendDurableExecutionCallbackSuccess: ["POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed", 200],
    StopDurableExecution: ["POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/stop", 200],
  }),
  ...because("Capacity providers (managed instances) are fleets of EC2; they are not built.", {
    CreateCapacityProvider: ["POST", "/2025-11-30/capacity-providers", 202],
    DeleteCapacityProvider: ["DELETE", "/2025-11-30/capacity-providers/{CapacityProviderName}", 202],
    GetCapacityProvider: ["GET", "/2025-11-30/capacity-providers/{CapacityProviderName}", 200],
    GetFunctionScalingConfig: ["GET", "/2025-11-30/functions/{FunctionName}/function-scaling-config", 200],
    ListCapacityProviders: ["GET", "/2025-11-30/capacity-providers", 200],
    ListFunctionVersionsByCapacityProvider: [
      "GET",
      "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions",
      200,
    ],
    PutFunctionScalingConfig: ["PUT", "/2025-11-30/functions/{FunctionName}/function-scaling-config", 202],
    UpdateCapacityProvider: ["PUT", "/2025-11-30/capacity-providers/{CapacityProviderName}", 202],
  }),
];
