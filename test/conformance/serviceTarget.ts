import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { systemRandom } from "@hearth/kit";
import { type ClientConfig, startHearth } from "@hearth/testkit";
import { sharedEndpoint } from "./sharedEndpoint.ts";

/** The target of tests of IAM, STS and Logs: its own Hearth, the one that test files share (sharedEndpoint.ts), or AWS with TARGET=aws. */
export interface ServiceTarget extends AsyncDisposable {
  readonly isAws: boolean;
  readonly config: Partial<ClientConfig>;
  readonly region: string;
  readonly accountId: string;
  /** A name that is unique to this test. */
  newName(): string;
}

export async function serviceTarget(): Promise<ServiceTarget> {
  await using stack = new AsyncDisposableStack();
  const isAws = process.env["TARGET"] === "aws";
  const endpoint = sharedEndpoint();
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
