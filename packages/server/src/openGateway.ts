import { totalmem } from "node:os";
import type { Authorizer } from "@hearth/access";
import {
  FunctionUrls,
  Gateway,
  GatewayMetrics,
  RequestMetrics,
  type ServiceDoor,
  SignedCallers,
  TrustedProxies,
} from "@hearth/gateway";
import type { Invoking } from "@hearth/invoke";
import type { FunctionIndex } from "@hearth/store";
import { type AccountQuotas, SignatureVerifier } from "@hearth/wire";
import type { Base } from "./base.ts";
import { bucketRequests } from "./bucketRequests.ts";
import { regionsOf } from "./config.ts";
import type { House } from "./house.ts";
import { openApis } from "./openApis.ts";
import { pageGuardOf } from "./pageGuardOf.ts";
import { publicUrl } from "./publicUrl.ts";

/** The part of the memory that bodies of requests for function URLs and APIs may take. */
const BODIES_SHARE = 1 / 8;

export interface GatewayParts {
  readonly invoking: Invoking;
  readonly functions: FunctionIndex;
  readonly authorizer: Authorizer;
  readonly quotas: AccountQuotas;
  /** Takes requests of APIs for services of this Hearth. */
  readonly door: ServiceDoor;
}

/** The HTTP front of function URLs and APIs, for a process that runs functions. What runs is put on `stack`. */
export async function openGateway(
  base: Base,
  house: House,
  { invoking, functions, authorizer, quotas, door }: GatewayParts,
  stack: AsyncDisposableStack,
): Promise<Gateway> {
  const { config, clock, random, logger, registry } = base;
  const { access, stores } = house;
  const { authorize } = authorizer;
  const signatures = new SignatureVerifier({ findAccessKey: access.keys.find, clock, regions: regionsOf(config) });
  const requestMetrics = stack.use(new RequestMetrics({ sink: house.metricSink, clock }));
  return new Gateway({
    kinds: [
      new FunctionUrls({
        ...{ invoking, functions, authorize, quotas, requestMetrics, clock },
        callers: new SignedCallers(signatures, "lambda", pageGuardOf(config)),
        store: stores.functionUrls,
        domain: config.HEARTH_FUNCTION_URL_HOST?.replace(/:\d+$/, "") ?? "localhost",
      }),
      ...(await openApis(base, house, { invoking, authorizer, signatures, quotas, requestMetrics, door }, stack)),
    ],
    trustedProxies: new TrustedProxies(config.HEARTH_TRUSTED_PROXIES),
    isElsewhere: bucketRequests([new URL(publicUrl(config)).hostname, ...config.HEARTH_HOSTS]),
    maxHeldBytes: totalmem() * BODIES_SHARE,
    metrics: new GatewayMetrics(registry),
    clock,
    random,
    logger,
  });
}
