import type { AccountRegion } from "./accountRegion.ts";
import type { FunctionConfiguration } from "./functionConfiguration.ts";

/**
 * What an invoker runs: an immutable snapshot of one version's code and configuration as it was activated.
 * `$LATEST` has a new snapshot for each update; environments are keyed by `functionVersionKey`.
 */
export interface FunctionVersion extends AccountRegion {
  readonly FunctionName: string;
  /** `$LATEST` or a number in decimal. */
  readonly Version: string;
  /** Unique to this snapshot. AWS's `RevisionId` differs: it also changes when code and configuration stay the same. */
  readonly snapshotId: string;
  /** SHA-256 of the zip archive, or the digest of the image; lower-case hexadecimal. */
  readonly codeDigest: string;
  /** The repository of the image; absent for code from an archive. */
  readonly imageRepository?: string;
  /** Digests of the layers' archives, first layer first. */
  readonly layerDigests: readonly string[];
  /** Has the local HTTP API of AWS's Parameters and Secrets extension. */
  readonly hasParametersExtension?: true;
  /** The image of its runtime, by its digest; absent where Hearth makes the images of runtimes itself. */
  readonly runtimeVersion?: string;
  /** AWS's own members: MemorySize, Timeout, Handler, Runtime, Environment … */
  readonly configuration: FunctionConfiguration;
}

/** The key of the environments of one activated snapshot. */
export function functionVersionKey(version: FunctionVersion): string {
  return `${version.accountId}:${version.region}:${version.FunctionName}:${version.Version}:${version.snapshotId}`;
}
