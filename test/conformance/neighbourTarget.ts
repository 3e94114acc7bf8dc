import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { systemRandom } from "@hearth/kit";
import { type ClientConfig, startHearth } from "@hearth/testkit";

/** The services beside Lambda under test: of a Hearth of its own, of the one that HEARTH_TEST_ENDPOINT names, or with TARGET=aws of AWS itself. */
export interface NeighbourTarget extends AsyncDisposable {
  readonly isAws: boolean;
  readonly config: Partial<ClientConfig>;
  readonly region: string;
  readonly accountId: string;
  /** A name that no other test has. */
  newName(): string;
}

export async function neighbourTarget(): Promise<NeighbourTarget> {
  await using stack = new AsyncDisposableStack();
  const isAws = process.env["TARGET"] === "aws";
  const endpoint = process.env["HEARTH_TEST_ENDPOINT"];
  const config: Partial<ClientConfig> = isAws
    ? {}
    : endpoint
      ? { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } }
      : stack.use(await startHearth()).clientConfig;
  const sts = stack.adopt(new STSClient(config), (it) => it.destroy());
  const identity = await sts.send(new GetCallerIdentityCommand({}));
  const region = await sts.config.region();
  const resources = stack.move();
  return {
    isAws,
    config,
    region,
    accountId: identity.Account ?? "",
    newName: () => `conformance-${systemRandom.hex(6)}`,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** What a request was refused with: the error's name, HTTP status and message. Rejects when it succeeded. */
export async function refusal(
  request: Promise<unknown>,
): Promise<{ readonly name: string; readonly status: number | undefined; readonly message: string }> {
  const outcome: unknown = await request.then(
    () => new Error("it succeeded"),
    (error: unknown) => error,
  );
  const { name, message, $metadata } = outcome as Error & { $metadata?: { httpStatusCode?: number } };
  return { name, status: $metadata?.httpStatusCode, message };
}
