import { totalmem } from "node:os";
import { type Authorizer, Senders } from "@hearth/access";
import { ApiDirectory } from "@hearth/apis";
import {
  AccessLog,
  BoundedReplies,
  ApiFailureLog,
  type EndpointKind,
  ExecutionLog,
  FunctionCaller,
  HttpApis,
  IamAuthorizer,
  JwtAuthorizer,
  KeyUsageCounter,
  type RequestMetrics,
  LambdaAuthorizer,
  RestApis,
  RestAuthorizers,
  RestIntegrations,
  RestTests,
  ServiceCaller,
  type ServiceDoor,
  SignedCallers,
  SigningKeys,
  SocketApis,
  StageCache,
  TemplateThreads,
  UsagePlans,
} from "@hearth/gateway";
import type { Invoking } from "@hearth/invoke";
import { ApiGatewayAccountStore, KeyUsageStore, WebSocketCommandStore, WebSocketConnectionStore } from "@hearth/store";
import type { AccountQuotas, SignatureVerifier } from "@hearth/wire";
import { apiGatewayParts } from "./apiGatewayParts.ts";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";
import { BYTES_PER_MB } from "./openStores.ts";
import { pageGuardOf } from "./pageGuardOf.ts";
import { publicUrl } from "./publicUrl.ts";

/** The part of the memory that messages of web sockets may take while functions work on them. */
const MESSAGES_SHARE = 1 / 16;

export interface ApisParts {
  readonly invoking: Invoking;
  readonly authorizer: Authorizer;
  readonly signatures: SignatureVerifier;
  readonly quotas: AccountQuotas;
  readonly requestMetrics: RequestMetrics;
  /** Takes requests of APIs for services of this Hearth. */
  readonly door: ServiceDoor;
}

/** HTTP, REST and WebSocket APIs of API Gateway, for a process that runs functions. What runs is put on `stack`. */
export async function openApis(
  { config, clock, random, logger, registry }: Base,
  { opened, access, stores, outbound, disk, metricSink, restTests }: House,
  { invoking, authorizer, signatures, quotas, requestMetrics, door }: ApisParts,
  stack: AsyncDisposableStack,
): Promise<readonly EndpointKind[]> {
  const senders = new Senders({ authorizer, identities: access.identities });
  const caller = new FunctionCaller({ invoking, authorizer, senders });
  const directory = stack.use(new ApiDirectory({ database: opened.database, logger }));
  await directory.start();
  const callers = new SignedCallers(signatures, "execute-api", pageGuardOf(config));
  const iam = new IamAuthorizer({ callers, authorizer });
  const accessLog = stack.use(new AccessLog({ logs: stores.logs, disk, clock, logger }));
  const failures = stack.use(new ApiFailureLog({ clock, logger }));
  const { identities, sessions } = access;
  const services = new ServiceCaller({ identities, sessions, door, host: new URL(publicUrl(config)).host, clock });
  const httpApis = new HttpApis({
    ...{ directory, caller, services, quotas, outbound, iam, accessLog, failures, requestMetrics, clock },
    isOwnHost: apiGatewayParts(config).isOwnHost,
    jwt: new JwtAuthorizer({ keys: new SigningKeys({ outbound, clock }), clock }),
    lambda: new LambdaAuthorizer({ caller, clock, logger }),
  });
  const templates = stack.use(new TemplateThreads(clock));
  const usage = stack.use(new KeyUsageCounter({ store: new KeyUsageStore(opened.database), clock, logger }));
  const plans = new UsagePlans({ directory, usage });
  const accounts = new ApiGatewayAccountStore(opened.database);
  const executionLog = stack.use(new ExecutionLog({ logs: stores.logs, accounts, senders, disk, clock, logger }));
  const authorizers = new RestAuthorizers({ caller, clock, logger });
  const integrations = new RestIntegrations({ caller, services, outbound, templates, clock });
  restTests.tester = new RestTests({ integrations, authorizers, templates, clock });
  const replies = new BoundedReplies(config.HEARTH_API_CACHE_MB * BYTES_PER_MB);
  const restApis = new RestApis({
    ...{ directory, quotas, iam, accessLog, executionLog, failures, templates, requestMetrics, clock, random },
    ...{ authorizers, integrations, plans, cache: new StageCache({ replies, iam, clock }) },
  });
  const socketApis = new SocketApis({
    ...{
      directory,
      caller,
      callers,
      authorizer,
      quotas,
      outbound,
      accessLog,
      failures,
      templates,
      plans,
      registry,
      metricSink,
      clock,
      logger,
    },
    database: opened.database,
    commands: new WebSocketCommandStore(opened.database),
    records: new WebSocketConnectionStore(opened.database),
    limits: { perAccount: config.HEARTH_WEB_SOCKETS },
    maxHeldBytes: totalmem() * MESSAGES_SHARE,
  });
  stack.use(socketApis).start();
  return [httpApis, restApis, socketApis];
}
