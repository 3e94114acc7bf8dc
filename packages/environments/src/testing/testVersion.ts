import type { FunctionConfiguration, FunctionVersion, ImageConfig, Invocation } from "@hearth/model";

export interface TestFunction {
  readonly FunctionName?: string;
  readonly accountId?: string;
  readonly Version?: string;
  readonly snapshotId?: string;
  readonly Runtime?: string;
  readonly Handler?: string;
  readonly codeDigest?: string;
  /** Of a function that is made of an image: it has neither runtime nor handler. */
  readonly imageRepository?: string;
  readonly ImageConfig?: ImageConfig;
  readonly layerDigests?: readonly string[];
  readonly MemorySize?: number;
  /** EphemeralStorage. */
  readonly tmpMb?: number;
  /** Seconds. */
  readonly Timeout?: number;
  readonly Variables?: Readonly<Record<string, string>>;
  readonly LogFormat?: "Text" | "JSON";
  readonly ApplicationLogLevel?: string;
  readonly SystemLogLevel?: string;
  readonly SnapStart?: "PublishedVersions";
}

const ACCOUNT = "000000000000";

/** A version as an invoker holds it. */
export function testVersion(wanted: TestFunction = {}): FunctionVersion {
  const { FunctionName = "hello", Version = "$LATEST", snapshotId = "snapshot-1", Runtime = "nodejs24.x" } = wanted;
  const configuration: FunctionConfiguration = {
    FunctionName,
    FunctionArn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${FunctionName}`,
    ...(wanted.imageRepository === undefined && { Runtime, Handler: wanted.Handler ?? "index.handler" }),
    ...(wanted.ImageConfig && { ImageConfigResponse: { ImageConfig: wanted.ImageConfig } }),
    Role: `arn:aws:iam::${ACCOUNT}:role/any`,
    CodeSize: 100,
    Description: "",
    Timeout: wanted.Timeout ?? 3,
    MemorySize: wanted.MemorySize ?? 128,
    LastModified: "2026-01-01T00:00:00.000+0000",
    CodeSha256: "",
    Version,
    Environment: { Variables: wanted.Variables ?? {} },
    TracingConfig: { Mode: "PassThrough" },
    RevisionId: "00000000-0000-0000-0000-000000000000",
    State: "Active",
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    Architectures: ["x86_64"],
    EphemeralStorage: { Size: wanted.tmpMb ?? 512 },
    SnapStart: { ApplyOn: wanted.SnapStart ?? "None", OptimizationStatus: "Off" },
    RuntimeVersionConfig: { RuntimeVersionArn: "arn:aws:lambda:us-east-1::runtime:abc" },
    LoggingConfig: {
      LogFormat: wanted.LogFormat ?? "Text",
      LogGroup: `/aws/lambda/${FunctionName}`,
      ...(wanted.ApplicationLogLevel && { ApplicationLogLevel: wanted.ApplicationLogLevel }),
      ...(wanted.SystemLogLevel && { SystemLogLevel: wanted.SystemLogLevel }),
    },
  };
  const { codeDigest = "0".repeat(64), layerDigests = [], imageRepository } = wanted;
  const code = { codeDigest, layerDigests, ...(imageRepository !== undefined && { imageRepository }) };
  const { accountId = ACCOUNT } = wanted;
  return { accountId, region: "us-east-1", FunctionName, Version, snapshotId, ...code, configuration };
}

export interface TestEvent {
  readonly event?: unknown;
  readonly requestId?: string;
  readonly wantLogTail?: boolean;
  readonly clientContext?: string;
}

export function testInvocation(version: FunctionVersion, { event = {}, ...rest }: TestEvent = {}): Invocation {
  return {
    requestId: rest.requestId ?? crypto.randomUUID(),
    version,
    invokedFunctionArn: version.configuration.FunctionArn,
    payload: Buffer.from(JSON.stringify(event)),
    wantLogTail: rest.wantLogTail ?? false,
    ...(rest.clientContext === undefined ? {} : { clientContext: rest.clientContext }),
  };
}
