import { parseEventsArn } from "@hearth/buses";
import { arn } from "@hearth/model";
import type { EventConnectionKey } from "@hearth/store";

type Identified = EventConnectionKey & { readonly id: string };

export function connectionArn({ accountId, region, Name, id }: Identified): string {
  return arn({ service: "events", accountId, region, resource: `connection/${Name}/${id}` });
}

export function apiDestinationArn({ accountId, region, Name, id }: Identified): string {
  return arn({ service: "events", accountId, region, resource: `api-destination/${Name}/${id}` });
}

/** The connection or API destination that an ARN names; `undefined` when it names none of the kind. */
export function parseConnectionArn(text: string, kind: "connection" | "api-destination"): Identified | undefined {
  const parsed = parseEventsArn(text);
  const [Name = "", id = "", ...rest] = parsed?.name.split("/") ?? [];
  if (!parsed || parsed.kind !== kind || Name === "" || id === "" || rest.length > 0) return undefined;
  return { ...parsed.where, Name, id };
}
