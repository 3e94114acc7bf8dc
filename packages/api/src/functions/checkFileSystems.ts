import { InvalidParameterValueException } from "@hearth/model";
import type { ApiDeps } from "../deps.ts";
import type { ConfigurationInput } from "./functionMembers.ts";

/** Refuses a file system that is not in the configuration, belongs to another account, or cannot be mounted. */
export function checkFileSystems(
  accountId: string,
  { FileSystemConfigs = [] }: Pick<ConfigurationInput, "FileSystemConfigs">,
  { fileSystems }: Pick<ApiDeps, "fileSystems">,
): void {
  for (const { Arn, LocalMountPath } of FileSystemConfigs) {
    if (!fileSystems.has(Arn) || Arn.split(":")[4] !== accountId) {
      throw new InvalidParameterValueException(
        `The access point ${Arn} does not exist. Access points stand for folders of the host that HEARTH_FILE_SYSTEMS names for an account; the process driver mounts none.`,
      );
    }
    if (/^\/mnt\/\.+$/.test(LocalMountPath)) {
      throw new InvalidParameterValueException(`The local mount path ${LocalMountPath} names no folder below /mnt.`);
    }
  }
}
