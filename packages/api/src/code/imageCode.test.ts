import type { ImageResolution } from "@hearth/model";
import { expect, test } from "vitest";
import { imageCode, imageConfig } from "./imageCode.ts";

const context = {
  caller: {
    accountId: "222222222222",
    accessKeyId: "AKIA1",
    arn: "arn:aws:iam::222222222222:root",
    userId: "222222222222",
    principal: { kind: "root" },
  },
  signal: new AbortController().signal,
} as const;
const codeOf = (answer: ImageResolution, ImageUri = "registry.test/app:1") =>
  imageCode(ImageUri, context, { images: { resolve: () => Promise.resolve(answer) } });
const reason = "for this reason";

test("code from an image has the image's digest and no size", async () => {
  const digest = "a".repeat(64);
  const code = { digest, sizeBytes: 0, ImageUri: "registry.test/app:1" };
  expect(await codeOf({ kind: "found", digest })).toEqual(code);
});

test.each([
  [
    "missing",
    "InvalidParameterValueException",
    "Source image registry.test/app:1 does not exist. Provide a valid source image.",
  ],
  ["unknown", "InvalidParameterValueException", `Source image registry.test/app:1 could not be looked up: ${reason}`],
  [
    "denied",
    "AccessDeniedException",
    "Lambda does not have permission to access the ECR image. Check the ECR permissions.",
  ],
  [
    "unsupported",
    "InvalidParameterValueException",
    `Functions of PackageType Image cannot be run by this Hearth: ${reason}`,
  ],
] as const)("an image that is %s is refused with %s", async (kind, code, message) => {
  await expect(codeOf({ kind, reason })).rejects.toMatchObject({ code, message });
});

test("a refusal contains at most 500 characters of a registry's reason", async () => {
  const refused = codeOf({ kind: "unknown", reason: "<html>".repeat(1000) });
  await expect(refused).rejects.toThrow(/could not be looked up: .{500}$/);
});

test("an invalid image name is refused without a look-up", async () => {
  const images = { resolve: () => Promise.reject(new Error("asked")) };
  await expect(imageCode("Not An Image", context, { images })).rejects.toThrow(
    "Source image Not An Image is not valid.",
  );
});

test("an empty ImageConfig is not stored", () => {
  expect(imageConfig({})).toBeUndefined();
  expect(imageConfig({ EntryPoint: [], Command: [], WorkingDirectory: "" })).toBeUndefined();
  expect(imageConfig({ EntryPoint: ["/x"], Command: [] })).toEqual({ EntryPoint: ["/x"] });
});
