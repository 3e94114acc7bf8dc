import { NotImplementedException } from "@hearth/model";
import type { ConfigurationInput } from "./functionMembers.ts";

/** Refuses what AWS would do and Hearth would silently not. */
export function refuseUnbuilt(operation: string, wishes: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(wishes)) {
    if (value === undefined || value === "" || value === false || (Array.isArray(value) && value.length === 0))
      continue;
    throw new NotImplementedException(`${operation} with ${name} is not implemented by Hearth.`);
  }
}

/** Refuses members of a configuration that Hearth would silently not act on. */
export function refuseUnbuiltConfiguration(operation: string, input: ConfigurationInput): void {
  refuseUnbuilt(operation, {
    S3FilesConfig: input.FileSystemConfigs?.some(({ S3FilesConfig }) => S3FilesConfig !== undefined),
    CapacityProviderConfig: input.CapacityProviderConfig,
    DurableConfig: input.DurableConfig,
  });
}
