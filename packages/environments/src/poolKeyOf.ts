import type { PoolKey } from "@hearth/drivers";
import type { FunctionConfiguration } from "@hearth/model";

const MOUNTS = "/mnt/";

/** What a sandbox must be booted as to become this function's. */
export function poolKeyOf(configuration: FunctionConfiguration, network: PoolKey["network"]): PoolKey {
  const { Runtime = "", EphemeralStorage, FileSystemConfigs } = configuration;
  const [mounted] = FileSystemConfigs ?? [];
  return {
    runtime: Runtime,
    network,
    tmpSizeMb: EphemeralStorage.Size,
    ...(mounted && {
      fileSystem: { accessPoint: mounted.Arn, mountName: mounted.LocalMountPath.slice(MOUNTS.length) },
    }),
  };
}
