import { NotImplementedException } from "@hearth/model";
import type { ConfigurationInput } from "./functionMembers.ts";

/** Refuses members that Hearth does not implement and would silently ignore. Empty values pass. */
export function refuseUnbuilt(operation: string, requested: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(requested)) {
    if (value === undefined || value === "" || value === false || (Array.isArray(value) && value.length === 0))
      continue;
    throw new NotImplementedException(`${operation} with ${name} is not implemented by Hearth.`);
  }
}

/** Refuses members of a configuration that Hearth does not implement and would silently ignore. */
export function refuseUnbuiltConfiguration(operation: string, input: ConfigurationInput): void {
  refuseUnbuilt(operation, {
    S3FilesConfig: input.FileSystemConfigs?.some(({ S3FilesConfig }) => S3FilesConfig !== undefined),
    CapacityProviderConfig: input.CapacityProviderConfig,
    DurableConfig: input.DurableConfig,
  });
}
