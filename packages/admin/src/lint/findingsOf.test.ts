import { otherRuntime } from "@hearth/model";
import { expect, test } from "vitest";
import { findingsOf, type Inspected } from "./findingsOf.ts";

const own = process.arch === "arm64" ? "arm64" : "x86_64";
const plain: Inspected = {
  record: {
    settings: {
      Runtime: "python3.13",
      Role: "arn:aws:iam::000000000000:role/r",
      Handler: "app.handler",
      Description: "",
      Timeout: 3,
      MemorySize: 128,
      TracingConfig: { Mode: "PassThrough" },
      PackageType: "Zip",
      Architectures: [own],
      EphemeralStorage: { Size: 512 },
      SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
      LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/f" },
      DeadLetterConfig: { TargetArn: "arn:aws:sns:us-east-1:000000000000:t" },
    },
    code: { digest: "", sizeBytes: 1 },
    StateReason: null,
  },
  mappings: [
    { UUID: "m", EventSourceArn: "arn:aws:sqs:us-east-1:000000000000:q", settings: {}, LastProcessingResult: "OK" },
  ],
  eventInvokeConfigs: [{ qualifier: "$LATEST", onFailure: "arn:aws:sqs:us-east-1:000000000000:q" }],
  reservedConcurrency: 900,
  hasRole: true,
};
const { record } = plain;
const about = (inspected: Inspected): readonly string[] => findingsOf(inspected).map(({ subject }) => subject);

test("a function that would run the same on AWS has no findings", () => {
  expect(findingsOf(plain)).toEqual([]);
});

test("a runtime that runs on another version is named with both versions", () => {
  const StateReason = `${otherRuntime("python3.12", "python3.13")} Kept, but without effect here: VpcConfig.`;
  expect(findingsOf({ ...plain, record: { ...record, StateReason } })).toEqual([
    { subject: "Runtime", reason: "The runtime python3.12 runs on python3.13 here." },
  ]);
});

test.each<[subject: string, Partial<Inspected>]>([
  ["KMSKeyArn", { record: { ...record, settings: { ...record.settings, KMSKeyArn: "arn:aws:kms:::key/k" } } }],
  ["Role", { hasRole: false }],
  [
    "FileSystemConfigs",
    {
      record: {
        ...record,
        settings: { ...record.settings, FileSystemConfigs: [{ Arn: "arn:aws:x", LocalMountPath: "/mnt/a" }] },
      },
    },
  ],
  ["ImageUri", { record: { ...record, code: { ...record.code, ImageUri: "registry.example.org/f:1" } } }],
  ["ReservedConcurrentExecutions", { reservedConcurrency: 901 }],
  [
    "OnSuccess of live",
    { eventInvokeConfigs: [{ qualifier: "live", onSuccess: "arn:aws:hearth:us-east-1:0:nats/s" }] },
  ],
  [
    "OnFailure of live",
    { eventInvokeConfigs: [{ qualifier: "live", onFailure: "arn:aws:hearth:us-east-1:0:nats/s" }] },
  ],
  [
    "event source mapping m",
    { mappings: [{ UUID: "m", EventSourceArn: "arn:aws:hearth:us-east-1:000000000000:redis/s", settings: {} }] },
  ],
  [
    "event source mapping m",
    {
      mappings: [
        {
          UUID: "m",
          EventSourceArn: "arn:aws:kafka:us-east-1:000000000000:cluster/c",
          settings: {},
          LastProcessingResult: "PROBLEM: Hearth does not poll this kind of event source.",
        },
      ],
    },
  ],
  [
    "OnFailure of event source mapping m",
    {
      mappings: [{ UUID: "m", settings: { DestinationConfig: { OnFailure: { Destination: "arn:aws:hearth:::x" } } } }],
    },
  ],
])("%s is a finding", (subject, change) => {
  expect(about({ ...plain, ...change })).toEqual([subject]);
});

test("an image in a registry of ECR is no finding", () => {
  const ImageUri = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/f:1";
  expect(about({ ...plain, record: { ...record, code: { ...record.code, ImageUri } } })).toEqual([]);
});
