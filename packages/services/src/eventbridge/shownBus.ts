import { busArn } from "@hearth/buses";
import type { EventBusRecord } from "@hearth/store";

/** A bus as ListEventBuses shows it. */
export function shownBus(bus: EventBusRecord) {
  const { settings, policy, CreationTime, LastModifiedTime } = bus;
  return {
    Name: bus.bus,
    Arn: busArn(bus),
    ...(settings.Description !== undefined && { Description: settings.Description }),
    ...(policy && { Policy: JSON.stringify(policy) }),
    CreationTime,
    LastModifiedTime,
  };
}
