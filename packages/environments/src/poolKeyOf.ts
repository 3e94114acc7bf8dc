import { IMAGE_RUNTIME, type PoolKey } from "@hearth/drivers";
import type { FunctionVersion } from "@hearth/model";

const MOUNTS = "/mnt/";

/** The kind of sandbox that can run this function. */
export function poolKeyOf(version: FunctionVersion, network: PoolKey["network"]): PoolKey {
  const { Runtime = "", EphemeralStorage, FileSystemConfigs } = version.configuration;
  const [mounted] = FileSystemConfigs ?? [];
  return {
    ...(version.imageRepository === undefined
      ? { runtime: Runtime, ...(version.runtimeVersion !== undefined && { runtimeVersion: version.runtimeVersion }) }
      : { runtime: IMAGE_RUNTIME, image: version.codeDigest }),
    network,
    tmpSizeMb: EphemeralStorage.Size,
    ...(mounted && {
      fileSystem: { accessPoint: mounted.Arn, mountName: mounted.LocalMountPath.slice(MOUNTS.length) },
    }),
  };
}
