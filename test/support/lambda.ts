import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  type Runtime,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { type RunningHearth, zipOf } from "@hearth/testkit";

export const ROLE = "arn:aws:iam::000000000000:role/any";

export function lambdaClient(hearth: RunningHearth, maxAttempts = 1): LambdaClient {
  return new LambdaClient({ ...hearth.clientConfig, maxAttempts });
}

export interface FunctionWish {
  readonly FunctionName: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly Runtime?: Runtime;
  readonly Handler?: string;
  readonly MemorySize?: number;
  readonly Timeout?: number;
  readonly Layers?: string[];
  readonly Role?: string;
}

/** Creates a function and waits until it is active. */
export async function createActive(client: LambdaClient, wish: FunctionWish): Promise<void> {
  const {
    FunctionName,
    files,
    Runtime = "nodejs22.x",
    Handler = "index.handler",
    MemorySize = 128,
    Timeout = 10,
    Layers,
    Role = ROLE,
  } = wish;
  await client.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime,
      Handler,
      MemorySize,
      Timeout,
      ...(Layers && { Layers }),
      Role,
      Code: { ZipFile: await zipOf(files) },
    }),
  );
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 300, minDelay: 0.1, maxDelay: 1 }, { FunctionName });
}

export interface Answer {
  readonly requestId: string;
  readonly FunctionError?: string;
  readonly payload: unknown;
}

/** Invokes and parses the answer; rejects with the SDK's errors. */
export async function invoke(client: LambdaClient, FunctionName: string, event: unknown): Promise<Answer> {
  const { Payload, FunctionError, $metadata } = await client.send(
    new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) }),
  );
  return {
    requestId: $metadata.requestId ?? "",
    ...(FunctionError === undefined ? {} : { FunctionError }),
    payload: JSON.parse(Buffer.from(Payload ?? new Uint8Array()).toString() || "null"),
  };
}
