import type { FunctionConfiguration } from "@hearth/model";
import { expect, test } from "vitest";
import { differences } from "./differences.ts";

const own = process.arch === "arm64" ? "arm64" : "x86_64";
const other = own === "arm64" ? "x86_64" : "arm64";
const plain = {
  TracingConfig: { Mode: "PassThrough" },
  SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
  Architectures: [own],
  VpcConfig: { SubnetIds: [], SecurityGroupIds: [], VpcId: "", Ipv6AllowedForDualStack: false },
} as unknown as FunctionConfiguration;
const exact = { runtime: "python3.13", servedBy: "python3.13", state: "ready" } as const;

test("nothing is said of a function that runs as on AWS, or of an image", () => {
  expect(differences(plain, exact)).toBeUndefined();
  expect(differences(plain, undefined)).toBeUndefined();
});

test("nothing is said of a dead-letter queue or topic, which gets what it should", () => {
  for (const service of ["sqs", "sns"]) {
    const TargetArn = `arn:aws:${service}:us-east-1:000000000000:t`;
    expect(differences({ ...plain, DeadLetterConfig: { TargetArn } }, exact)).toBeUndefined();
  }
});

test("another version of the runtime, and each setting that is only kept, are named", () => {
  expect(differences(plain, { ...exact, runtime: "python3.12" })).toBe(
    "The runtime python3.12 runs on python3.13 here.",
  );
  const all: FunctionConfiguration = {
    ...plain,
    VpcConfig: { SubnetIds: ["subnet-1"], SecurityGroupIds: ["sg-1"], VpcId: "vpc-1", Ipv6AllowedForDualStack: false },
    KMSKeyArn: "arn:aws:kms:us-east-1:000000000000:key/k",
    TracingConfig: { Mode: "Active" },
    SnapStart: { ApplyOn: "PublishedVersions", OptimizationStatus: "Off" },
    Architectures: [other],
  };
  expect(differences(all, { ...exact, runtime: "python3.12" })).toBe(
    "The runtime python3.12 runs on python3.13 here. Kept, but without effect here: " +
      `VpcConfig, KMSKeyArn, Architectures (this machine is ${own}).`,
  );
});
