import { LambdaClient, type LambdaClientConfig, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type AccessTarget, accessTarget } from "./accessTarget.ts";

/** Refusals of requests that cannot be authenticated, as the SDK sees them. */

let target: AccessTarget;
beforeAll(async () => {
  target = await accessTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

const own = { accessKeyId: "test", secretAccessKey: "test" };
async function list(config: Partial<LambdaClientConfig>) {
  const client = new LambdaClient({ ...target.config, ...config });
  try {
    return await refusal(client.send(new ListFunctionsCommand({})));
  } finally {
    client.destroy();
  }
}
const BAD_TOKEN = {
  name: "UnrecognizedClientException",
  status: 403,
  message: "The security token included in the request is invalid.",
};

describe("a request is refused", () => {
  test("with an unknown key, and with a session token for a key without session", async () => {
    expect(await list({ credentials: { ...own, accessKeyId: "AKIANOSUCHKEY0000000" } })).toEqual(BAD_TOKEN);
    expect(await list({ credentials: { ...own, sessionToken: "token" } })).toEqual(BAD_TOKEN);
  });

  test("of a session without its token or with another session's token", async () => {
    const arn = await target.newRole({ Principal: { AWS: "000000000000" } });
    const sts = new STSClient(target.config);
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: "me" }));
    sts.destroy();
    const session = {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
    const { sessionToken, ...without } = session;
    expect(await list({ credentials: without })).toEqual(BAD_TOKEN);
    expect(await list({ credentials: { ...without, sessionToken: `${sessionToken}x` } })).toEqual(BAD_TOKEN);
    expect(await list({ credentials: session })).toMatchObject({ name: "AccessDeniedException" });
  });

  test("with a wrong secret, or for another region", async () => {
    expect(await list({ credentials: { ...own, secretAccessKey: "wrong" } })).toEqual({
      name: "InvalidSignatureException",
      status: 403,
      message:
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    });
    const elsewhere = await list({ region: "eu-west-3" });
    expect(elsewhere).toMatchObject({ name: "InvalidSignatureException", status: 403 });
    expect(elsewhere.message).toMatch(/^Credential should be scoped to a valid region/);
  });

  test("with a clock that is more than five minutes off, early or late", async () => {
    const behind = await list({ systemClockOffset: -400_000 });
    expect(behind).toMatchObject({ name: "InvalidSignatureException", status: 403 });
    expect(behind.message).toMatch(
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(.* - 5 min\.\)$/,
    );
    const ahead = await list({ systemClockOffset: 400_000 });
    expect(ahead.message).toMatch(
      /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(.* \+ 5 min\.\)$/,
    );
  });
});

test("a client with a wrong clock corrects it from the answer and succeeds on the next request", async () => {
  for (const systemClockOffset of [-3_600_000, 3_600_000]) {
    const client = new LambdaClient({ ...target.config, systemClockOffset });
    const first = await refusal(client.send(new ListFunctionsCommand({})));
    expect(first).toMatchObject({ name: "InvalidSignatureException" });
    expect((await refusal(client.send(new ListFunctionsCommand({})))).message).toBe("it succeeded");
    client.destroy();
  }
});
