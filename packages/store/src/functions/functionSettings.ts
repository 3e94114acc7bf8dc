import type { FunctionConfiguration, ImageConfig } from "@hearth/model";

/** The settings of a function, named as in AWS and with AWS's defaults filled in. */
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
  /** The first layer comes first. */
  readonly Layers?: readonly AttachedLayer[];
  readonly ImageConfig?: ImageConfig;
};

/** A layer version of a function, with the data that must survive the deletion of that layer version. */
export interface AttachedLayer {
  readonly Arn: string;
  readonly CodeSize: number;
  /** SHA-256 of its archive, lower-case hexadecimal; empty for AWS's layer of the Parameters and Secrets extension, whose part Hearth plays itself. */
  readonly digest: string;
}
