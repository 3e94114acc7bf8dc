/** AWS's FunctionConfiguration. https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html */
export interface FunctionConfiguration {
  readonly FunctionName: string;
  readonly FunctionArn: string;
  readonly Runtime?: string;
  readonly Role: string;
  readonly Handler?: string;
  readonly CodeSize: number;
  readonly Description: string;
  /** Seconds. */
  readonly Timeout: number;
  /** MB. */
  readonly MemorySize: number;
  readonly LastModified: string;
  /** Base64 of the archive's SHA-256, or hexadecimal digest of the image. */
  readonly CodeSha256: string;
  readonly Version: string;
  readonly VpcConfig?: {
    readonly SubnetIds: readonly string[];
    readonly SecurityGroupIds: readonly string[];
    readonly VpcId: string;
    readonly Ipv6AllowedForDualStack: boolean;
  };
  readonly DeadLetterConfig?: { readonly TargetArn: string };
  readonly Environment?: { readonly Variables: Readonly<Record<string, string>> };
  readonly KMSKeyArn?: string;
  readonly TracingConfig: { readonly Mode: "Active" | "PassThrough" };
  readonly RevisionId: string;
  readonly Layers?: readonly { readonly Arn: string; readonly CodeSize: number }[];
  readonly State: "Pending" | "Active" | "Inactive" | "Failed";
  readonly StateReason?: string;
  readonly StateReasonCode?: string;
  /** Absent until a new function is `Active`, as on AWS. */
  readonly LastUpdateStatus?: "Successful" | "Failed" | "InProgress";
  readonly LastUpdateStatusReason?: string;
  readonly LastUpdateStatusReasonCode?: string;
  readonly FileSystemConfigs?: readonly { readonly Arn: string; readonly LocalMountPath: string }[];
  readonly PackageType: "Zip" | "Image";
  readonly ImageConfigResponse?: { readonly ImageConfig: ImageConfig };
  readonly Architectures: readonly ("x86_64" | "arm64")[];
  readonly EphemeralStorage: { readonly Size: number };
  readonly SnapStart: {
    readonly ApplyOn: "None" | "PublishedVersions";
    readonly OptimizationStatus: "On" | "Off";
  };
  readonly RuntimeVersionConfig?: { readonly RuntimeVersionArn: string };
  readonly LoggingConfig: {
    readonly LogFormat: "Text" | "JSON";
    readonly ApplicationLogLevel?: string;
    readonly SystemLogLevel?: string;
    readonly LogGroup: string;
  };
}

/** What is run in an image instead of what the image itself says. https://docs.aws.amazon.com/lambda/latest/api/API_ImageConfig.html */
export interface ImageConfig {
  readonly EntryPoint?: readonly string[];
  readonly Command?: readonly string[];
  readonly WorkingDirectory?: string;
}
