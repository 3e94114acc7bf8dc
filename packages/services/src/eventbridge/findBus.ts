import { DEFAULT_BUS, parseBusArn } from "@hearth/buses";
import type { AccountRegion } from "@hearth/model";
import type { EventBusKey, EventBusRecord, EventRuleKey } from "@hearth/store";
import type { EventBridgeDeps } from "./deps.ts";
import { busNotFound } from "./errors.ts";

/** The bus that a request names by name or ARN; the default bus when it names none. */
export function busKeyOf({ accountId, region }: AccountRegion, nameOrArn: string | undefined): EventBusKey {
  if (nameOrArn === undefined) return { accountId, region, bus: DEFAULT_BUS };
  return parseBusArn(nameOrArn) ?? { accountId, region, bus: nameOrArn };
}

/** The bus; the default one is made at its first use. Rejects with ResourceNotFoundException. */
export async function findBus(
  { buses }: Pick<EventBridgeDeps, "buses">,
  where: AccountRegion,
  nameOrArn: string | undefined,
): Promise<EventBusRecord> {
  const key = busKeyOf(where, nameOrArn);
  const found =
    key.region !== where.region
      ? undefined
      : ((await buses.find(key)) ?? (key.bus === DEFAULT_BUS ? await createDefault(buses, key) : undefined));
  if (!found) throw busNotFound(key.bus);
  return found;
}

async function createDefault(buses: EventBridgeDeps["buses"], key: EventBusKey): Promise<EventBusRecord | undefined> {
  return (await buses.create(key, {}, {})) ?? (await buses.find(key));
}

export function ruleKeyOf({ accountId, region, bus }: EventBusKey, rule: string): EventRuleKey {
  return { accountId, region, bus, rule };
}
