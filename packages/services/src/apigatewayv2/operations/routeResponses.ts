import { BadRequestException, ConflictException } from "../errors.ts";
import { type PartNoun, partOperations } from "../partOperations.ts";
import * as words from "../words.ts";

const KEY = "$default";
/** A route has one response: only the key `$default` is allowed. */
const QUOTA = 300;

/** What makes routes of WebSocket APIs answer. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid-routeresponses.html */
export const routeResponse: PartNoun = {
  noun: "RouteResponse",
  kind: "routeResponse",
  idMember: "routeResponseId",
  path: "routeresponses",
  members: words.routeResponseMembers,
  required: ["routeResponseKey"],
  quota: () => QUOTA,
  parent: { kind: "route", idMember: "routeId", noun: "Route", path: "routes" },
  complete: async (edit, settings, routeResponseId) => {
    if (edit.api.protocol !== "WEBSOCKET") {
      throw new BadRequestException("Route responses are only supported for WEBSOCKET APIs");
    }
    if (settings["routeResponseKey"] !== KEY) {
      throw new BadRequestException(
        `Invalid route response key specified: ${String(settings["routeResponseKey"])}. Only ${KEY} is supported`,
      );
    }
    const twin = (await edit.all("routeResponse")).find(
      ({ partId, settings: other }) => partId !== routeResponseId && other["routeId"] === settings["routeId"],
    );
    if (twin) throw new ConflictException(`Route response with key ${KEY} already exists for this route`);
    return settings;
  },
};

export const routeResponseOperations = partOperations(routeResponse);
