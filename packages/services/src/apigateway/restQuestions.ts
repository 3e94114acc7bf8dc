import type { Questions } from "@hearth/access";

interface Patch {
  readonly path?: string;
  readonly value?: string;
}

/** The operations of a PATCH. */
export function patchOf(input: Parameters<Questions>[0]["input"]): readonly Patch[] {
  const { patchOperations } = input as { readonly patchOperations?: unknown };
  return Array.isArray(patchOperations) ? (patchOperations as readonly Patch[]) : [];
}

const ROLES: ReadonlySet<string | undefined> = new Set([
  "/credentials",
  "/authorizerCredentials",
  "/cloudwatchRoleArn",
]);

/** The role that the operation lets API Gateway use. */
export function roleOf({ path, value }: Patch): readonly string[] {
  return ROLES.has(path) && typeof value === "string" ? [value] : [];
}
