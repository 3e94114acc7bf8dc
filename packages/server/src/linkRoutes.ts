import type { RequestHandler, Service } from "@hearth/wire";
import type { LinkRoute } from "./frontDoor.ts";
import { SERVICES, type ServiceHouse } from "./services.ts";

export interface LinksServed {
  readonly services: readonly Service[];
  readonly elsewhere?: RequestHandler;
  readonly serviceHouse: ServiceHouse;
}

/** The links of all services: of those of other processes too, where this process passes requests on to them. */
export function linkRoutes({ services, elsewhere, serviceHouse }: LinksServed): readonly LinkRoute[] {
  const served = new Set(services.map(({ signingName }) => signingName));
  return SERVICES.flatMap(({ signingName, links }): readonly LinkRoute[] => {
    if (!links) return [];
    const { matches, isReceiver = false } = links;
    if (served.has(signingName)) return [{ matches, isReceiver, handle: links.open(serviceHouse) }];
    if (!elsewhere) return [];
    return [
      { matches, isReceiver, handle: (request, response) => elsewhere(request, response, undefined, signingName) },
    ];
  });
}
