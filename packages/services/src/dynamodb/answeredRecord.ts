import type { ChangeRecord } from "@hearth/store";
import { shownRecord } from "@hearth/tables";

/** A record of a table's stream as GetRecords answers it: the members of `userIdentity` begin with capitals, where functions get small letters. */
export function answeredRecord(record: ChangeRecord, options: Parameters<typeof shownRecord>[1]) {
  const { userIdentity, ...shown } = shownRecord(record, options);
  return {
    ...shown,
    ...(userIdentity && { userIdentity: { PrincipalId: userIdentity.principalId, Type: userIdentity.type } }),
  };
}
