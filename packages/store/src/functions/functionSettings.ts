import type { FunctionConfiguration, ImageConfig } from "@hearth/model";

/** What a user sets of a function, in AWS's members and with AWS's defaults filled in. */
export type FunctionSettings = Pick<
  FunctionConfiguration,
  | "Runtime"
  | "Role"
  | "Handler"
  | "Description"
  | "Timeout"
  | "MemorySize"
  | "VpcConfig"
  | "DeadLetterConfig"
  | "Environment"
  | "KMSKeyArn"
  | "TracingConfig"
  | "PackageType"
  | "Architectures"
  | "EphemeralStorage"
  | "FileSystemConfigs"
  | "SnapStart"
  | "LoggingConfig"
> & {
  /** First layer first. */
  readonly Layers?: readonly AttachedLayer[];
  readonly ImageConfig?: ImageConfig;
};

/** A layer version of a function, with what outlives its deletion. */
export interface AttachedLayer {
  readonly Arn: string;
  readonly CodeSize: number;
  /** SHA-256 of its archive, lower-case hexadecimal. */
  readonly digest: string;
}
