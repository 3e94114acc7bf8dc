import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { awsSettings, ProfileError } from "./awsSettings.ts";

let folder: string;
let files: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-aws-"));
  files = { AWS_CONFIG_FILE: join(folder, "config"), AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials") };
  await writeFile(
    join(folder, "config"),
    "[default]\nregion = us-west-2\n\n[profile hearth]\nregion = eu-west-1\nendpoint_url = http://hearth.local:4566\ns3 =\n  endpoint_url = http://other\n[profile role]\nrole_arn = arn\n",
  );
  await writeFile(
    join(folder, "credentials"),
    "[default]\naws_access_key_id=REAL\naws_secret_access_key=of-aws\n[hearth]\r\naws_access_key_id = AKIAOWNER\r\naws_secret_access_key = s=cret/+\r\n",
  );
});
afterAll(async () => await rm(folder, { recursive: true }));

const DEFAULTS = {
  endpoint: "http://127.0.0.1:4566",
  region: "us-east-1",
  accessKeyId: "test",
  secretAccessKey: "test",
  sessionToken: undefined,
};

test("without variables Hearth's own key and address are used, whatever the default profile has", () => {
  expect(awsSettings({ ...files })).toEqual(DEFAULTS);
});

test("a named profile is used, from both files", () => {
  expect(awsSettings({ ...files, AWS_PROFILE: "hearth" })).toEqual({
    endpoint: "http://hearth.local:4566",
    region: "eu-west-1",
    accessKeyId: "AKIAOWNER",
    secretAccessKey: "s=cret/+",
    sessionToken: undefined,
  });
  expect(awsSettings({ ...files, AWS_PROFILE: "default" })).toMatchObject({ accessKeyId: "REAL", region: "us-west-2" });
});

test("variables come before the profile", () => {
  const env = {
    AWS_PROFILE: "hearth",
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    AWS_DEFAULT_REGION: "us-east-2",
    AWS_ACCESS_KEY_ID: "ASIA",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: "token",
  };
  expect(awsSettings({ ...files, ...env })).toEqual({
    endpoint: "http://127.0.0.1:1",
    region: "us-east-2",
    accessKeyId: "ASIA",
    secretAccessKey: "secret",
    sessionToken: "token",
  });
  expect(awsSettings({ ...files, ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }).endpoint).toBe(
    DEFAULTS.endpoint,
  );
});

test("a profile that is not there, or has no key, is named", () => {
  expect(() => awsSettings({ ...files, AWS_PROFILE: "none" })).toThrow(ProfileError);
  expect(() => awsSettings({ ...files, AWS_PROFILE: "none" })).toThrow(/profile none .* in .*config or .*credentials/);
  expect(() => awsSettings({ ...files, AWS_PROFILE: "role" })).toThrow(
    "The profile role (AWS_PROFILE) has no aws_access_key_id",
  );
});
