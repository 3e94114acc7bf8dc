import { GetCallerIdentityCommand, GetFederationTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";
import { refusal } from "../refusal.ts";

let target: ServiceTarget;
beforeAll(async () => {
  target = await serviceTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());
const onAws = process.env["TARGET"] === "aws" ? "AWS answers otherwise" : undefined;

test("GetCallerIdentity shows the owner of the key", async () => {
  const identity = await new STSClient(target.config).send(new GetCallerIdentityCommand({}));
  expect(identity.Account).toMatch(/^\d{12}$/);
  expect(identity.Arn).toMatch(new RegExp(`^arn:aws:(iam|sts)::${identity.Account}:`));
  expect(identity.UserId).toBeTruthy();
});

test("an unknown key is InvalidClientTokenId", async () => {
  const credentials = { accessKeyId: "AKIANOSUCHKEY0000000", secretAccessKey: "x" };
  const request = new STSClient({ ...target.config, credentials }).send(new GetCallerIdentityCommand({}));
  expect(await refusal(request)).toEqual({
    name: "InvalidClientTokenId",
    status: 403,
    message: "The security token included in the request is invalid.",
  });
});

test("GetFederationToken answers that it is not built", skipReason(onAws), async () => {
  const command = new GetFederationTokenCommand({ Name: "somebody" });
  expect(await refusal(new STSClient({ ...target.config, maxAttempts: 1 }).send(command))).toEqual({
    name: "NotImplementedException",
    status: 400,
    message: "The operation GetFederationToken is not implemented by Hearth.",
  });
});
