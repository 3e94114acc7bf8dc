import {
  CreateFunctionCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { run } from "@hearth/cli";
import { FUNCTION_IMAGES, makeImages, noDocker, skipReason } from "@hearth/testkit";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type AccessTarget, accessTarget, type Credentials } from "./accessTarget.ts";

const OWNER = "000000000000";
const NAMED = "111111111111";
const OTHER = "222222222222";
const MINUTES_MS = 10 * 60_000;

describe("images that only the engine has", { timeout: 120_000, ...skipReason(await noDocker()) }, () => {
  let target: AccessTarget;
  const keys = new Map<string, Credentials>([[OWNER, { accessKeyId: "test", secretAccessKey: "test" }]]);
  let Id: string;

  async function hearth(...args: string[]): Promise<string> {
    let said = "";
    const env = { AWS_ENDPOINT_URL: target.config.endpoint };
    await run(args, {
      env,
      out: (text) => void (said += text),
      complain: (text) => expect.fail(text),
      sleep: () => expect.fail("waits"),
    });
    return said;
  }

  beforeAll(async () => {
    await makeImages("function");
    ({ Id } = await new Docker().getImage(FUNCTION_IMAGES.first).inspect());
    const named = FUNCTION_IMAGES.first.replace(/:.*$/, "");
    target = await accessTarget({ driver: "docker", env: { HEARTH_IMAGE_REPOSITORIES: `${NAMED}=${named}` } });
    for (const accountId of [NAMED, OTHER]) {
      await hearth("accounts", "create", accountId);
      keys.set(accountId, JSON.parse(await hearth("keys", "create", "--account", accountId, "--json")) as Credentials);
    }
  }, MINUTES_MS);
  afterAll(async () => await target?.[Symbol.asyncDispose](), 60_000);

  const clientOf = (accountId: string) => target.as(keys.get(accountId) ?? expect.fail(accountId)).lambda;
  const create = async (accountId: string, FunctionName: string, ImageUri: string) =>
    await refusal(
      clientOf(accountId).send(
        new CreateFunctionCommand({
          FunctionName,
          PackageType: "Image",
          Role: `arn:aws:iam::${accountId}:role/any`,
          Code: { ImageUri },
        }),
      ),
    );

  test("are for the owner's account and for those that they are named for", async () => {
    expect((await create(OWNER, "mine", FUNCTION_IMAGES.first)).message).toBe("it succeeded");
    expect((await create(NAMED, "mine", FUNCTION_IMAGES.first)).message).toBe("it succeeded");
    const byDigest = FUNCTION_IMAGES.first.replace(/:.*$/, `@${Id}`);
    for (const ImageUri of [FUNCTION_IMAGES.first, byDigest]) {
      const refused = await create(OTHER, "mine", ImageUri);
      expect(["InvalidParameterValueException", "AccessDeniedException"]).toContain(refused.name);
      expect(refused.message).toMatch(/does not exist|could not be looked up|does not have permission/);
    }
    // An image is looked up when the function is created, and got when it becomes active.
    const active = async (accountId: string): Promise<void> => {
      const wait = { client: clientOf(accountId), maxWaitTime: 100, minDelay: 0.1, maxDelay: 0.5 };
      await waitUntilFunctionActiveV2(wait, { FunctionName: "mine" });
    };
    await Promise.all([active(OWNER), active(NAMED)]);
    const update = new UpdateFunctionCodeCommand({ FunctionName: "mine", ImageUri: FUNCTION_IMAGES.first });
    expect((await refusal(clientOf(NAMED).send(update))).message).toBe("it succeeded");
    const wait = { client: clientOf(NAMED), maxWaitTime: 100, minDelay: 0.1, maxDelay: 0.5 };
    await waitUntilFunctionUpdatedV2(wait, { FunctionName: "mine" });
  });
});
