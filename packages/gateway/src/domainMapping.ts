import type { DomainMappings } from "@hearth/apis";

/** The mapping of a custom domain name with the longest key that the path begins with. */
export function mappingFor({ mappings }: DomainMappings, path: string): DomainMappings["mappings"][number] | undefined {
  return mappings.find(
    ({ mappingKey: key }) => key === "" || (path.startsWith(`/${key}`) && (path[key.length + 1] ?? "/") === "/"),
  );
}
