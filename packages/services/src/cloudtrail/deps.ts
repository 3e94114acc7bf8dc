import type { House } from "@hearth/access";
import { AuditEventStore } from "@hearth/store";

export interface CloudTrailDeps {
  readonly auditEvents: Pick<AuditEventStore, "find">;
}

export function openCloudTrailDeps({ database }: House): CloudTrailDeps {
  return { auditEvents: new AuditEventStore(database) };
}
