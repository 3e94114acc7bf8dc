import { structure, text } from "@hearth/model";
import type { PolicyVersionRecord } from "@hearth/store";
import { z } from "zod";
import { NoSuchEntity } from "./errors.ts";

export const VersionId = text({ pattern: "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?" });

export function numberOf(versionId: string): number {
  const number = Number(versionId.slice(1));
  return number <= 2_147_483_647 ? number : 0; // no version has this number
}

export function versionNotFound(PolicyArn: string, versionId: string): NoSuchEntity {
  return new NoSuchEntity(`Policy ${PolicyArn} version ${versionId} does not exist or is not attachable.`);
}

export function toVersion({ number, isDefault, CreateDate }: Omit<PolicyVersionRecord, "Document">) {
  return { VersionId: `v${number}`, IsDefaultVersion: isDefault, CreateDate };
}

/** A version of a managed policy as answers have it. */
export const versionShape = structure({
  Document: z.string().optional(),
  VersionId: z.string(),
  IsDefaultVersion: z.boolean(),
  CreateDate: z.date(),
});
