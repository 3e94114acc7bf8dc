import { ManualClock } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import { expect, test } from "vitest";
import { EnvironmentCredentials } from "./environmentCredentials.ts";
import type { SessionTokens } from "./sessionTokens.ts";

type Issued = Parameters<SessionTokens["issue"]>[0];

/** What is issued to a sandbox of a function of account 111111111111 with the role `Role`. */
async function issued(Role: string): Promise<Issued> {
  const sessions: Issued[] = [];
  const credentials = new EnvironmentCredentials({
    sessions: {
      issue: (session) => {
        sessions.push(session);
        return { accessKeyId: "", secretAccessKey: "", sessionToken: "", expiresAt: 0 };
      },
    },
    identities: { find: () => Promise.resolve(undefined) },
    clock: new ManualClock(),
  });
  const version = {
    accountId: "111111111111",
    region: "us-east-1",
    FunctionName: "f",
    configuration: { Role, LoggingConfig: { LogGroup: "/aws/lambda/f" } },
  } as unknown as FunctionVersion;
  await credentials.issue(version, "0123456789abcdef");
  if (!sessions[0]) throw new Error("nothing was issued");
  return sessions[0];
}

test("the session of a role of the function's account bears the role's name", async () => {
  const { caller } = await issued("arn:aws:iam::111111111111:role/path/worker");
  expect(caller).toMatchObject({
    accountId: "111111111111",
    arn: "arn:aws:sts::111111111111:assumed-role/worker/f",
    principal: { RoleName: "worker" },
  });
});

test("the session of another account's role belongs to the function's account, and is no session of a role with the same name", async () => {
  const { caller } = await issued("arn:aws:iam::222222222222:role/worker");
  expect(caller.accountId).toBe("111111111111");
  expect(caller.arn).toMatch(/^arn:aws:sts::111111111111:assumed-role\//);
  expect(caller.arn).not.toBe("arn:aws:sts::111111111111:assumed-role/worker/f");
});
