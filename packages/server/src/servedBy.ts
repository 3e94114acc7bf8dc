import { openService, type ServiceRole } from "@hearth/access";
import type { Service } from "@hearth/wire";
import { SERVICES, type ServiceHouse } from "./services.ts";

/** The services of these roles, ready for requests. */
export function servedBy(roles: readonly ServiceRole[], house: ServiceHouse): readonly Service[] {
  return SERVICES.filter(({ role }) => roles.includes(role)).map((room) => openService(room, house));
}

/** The signing names that identify requests for the services of a role. */
export function signingNamesOf(role: ServiceRole): readonly string[] {
  return SERVICES.filter((room) => room.role === role).map(({ signingName }) => signingName);
}

/** The variables from which SDKs in sandboxes take the endpoints of Hearth's services. */
export const ENDPOINT_VARIABLES: readonly string[] = SERVICES.flatMap(({ endpointVariable }) => endpointVariable ?? []);
