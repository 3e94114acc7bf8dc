import type { ApiDestinationRecord, EventConnectionRecord } from "@hearth/store";
import { apiDestinationArn, connectionArn } from "./connectionArn.ts";

/** What every operation on a connection answers. */
export function shownConnection(connection: EventConnectionRecord) {
  const { isAuthorized, CreationTime, LastModifiedTime, LastAuthorizedTime } = connection;
  return {
    ConnectionArn: connectionArn(connection),
    ConnectionState: isAuthorized ? "AUTHORIZED" : "DEAUTHORIZED",
    CreationTime,
    LastModifiedTime,
    LastAuthorizedTime,
  };
}

/** What every operation on an API destination answers. */
export function shownApiDestination(destination: ApiDestinationRecord) {
  const { isAuthorized, CreationTime, LastModifiedTime } = destination;
  return {
    ApiDestinationArn: apiDestinationArn(destination),
    ApiDestinationState: isAuthorized ? "ACTIVE" : "INACTIVE",
    CreationTime,
    LastModifiedTime,
  };
}

/** An API destination as DescribeApiDestination and ListApiDestinations show it. */
export function describedApiDestination(destination: ApiDestinationRecord) {
  const { accountId, region, connection, connectionId, Name, settings } = destination;
  return {
    ...shownApiDestination(destination),
    Name,
    ConnectionArn: connectionArn({ accountId, region, Name: connection, id: connectionId }),
    ...settings,
  };
}
