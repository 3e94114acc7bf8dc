import type { RestBinding } from "@hearth/wire";

/** Every operation of the data plane of AWS IoT, with its binding. */
export const ALL_OPERATIONS: Readonly<Record<string, RestBinding["http"]>> = {
  DeleteConnection: ["DELETE", "/connections/{clientId}", 200],
  DeleteThingShadow: ["DELETE", "/things/{thingName}/shadow", 200],
  GetConnection: ["GET", "/connections/{clientId}", 200],
  GetRetainedMessage: ["GET", "/retainedMessage/{topic}", 200],
  GetThingShadow: ["GET", "/things/{thingName}/shadow", 200],
  ListNamedShadowsForThing: ["GET", "/api/things/shadow/ListNamedShadowsForThing/{thingName}", 200],
  ListRetainedMessages: ["GET", "/retainedMessage", 200],
  ListSubscriptions: ["GET", "/connections/{clientId}/subscriptions", 200],
  Publish: ["POST", "/topics/{topic}", 200],
  SendDirectMessage: ["POST", "/connections/{clientId}/messages", 200],
  UpdateThingShadow: ["POST", "/things/{thingName}/shadow", 200],
};
