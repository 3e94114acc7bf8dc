import type { FunctionSettings } from "@hearth/store";

export const ACCOUNT = "000000000000";
export const REGION = "us-east-1";
export const HERE = { accountId: ACCOUNT, region: REGION };

/** Settings of a small Node function, as AWS's defaults are. */
export const SETTINGS: FunctionSettings = {
  Runtime: "nodejs22.x",
  Role: `arn:aws:iam::${ACCOUNT}:role/any`,
  Handler: "index.handler",
  Description: "",
  Timeout: 3,
  MemorySize: 128,
  TracingConfig: { Mode: "PassThrough" },
  PackageType: "Zip",
  Architectures: ["x86_64"],
  EphemeralStorage: { Size: 512 },
  SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
  LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/f" },
};

/** What `FunctionStore.create` takes for a function of this name. */
export function zipFunction(FunctionName: string) {
  const code = { digest: "a".repeat(64), sizeBytes: 100 };
  return { ...HERE, FunctionName, settings: SETTINGS, code, Tags: {}, Publish: false };
}
