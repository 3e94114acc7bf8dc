import { type Authorizer, Senders } from "@hearth/access";
import { ApiDirectory } from "@hearth/apis";
import {
  AccessLog,
  type EndpointKind,
  FunctionCaller,
  HttpApis,
  IamAuthorizer,
  JwtAuthorizer,
  KeyUsageCounter,
  LambdaAuthorizer,
  RestApis,
  RestAuthorizers,
  RestIntegrations,
  SignedCallers,
  SigningKeys,
  TemplateThreads,
  UsagePlans,
} from "@hearth/gateway";
import type { Invoking } from "@hearth/invoke";
import { KeyUsageStore } from "@hearth/store";
import type { AccountQuotas, SignatureVerifier } from "@hearth/wire";
import { apiGatewayParts } from "./apiGatewayParts.ts";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";

export interface HttpApisParts {
  readonly invoking: Invoking;
  readonly authorizer: Authorizer;
  readonly signatures: SignatureVerifier;
  readonly quotas: AccountQuotas;
}

/** HTTP and REST APIs of API Gateway, for a process that runs functions. What runs is put on `stack`. */
export async function openHttpApis(
  { config, clock, logger }: Base,
  { opened, access, stores, outbound, disk }: House,
  { invoking, authorizer, signatures, quotas }: HttpApisParts,
  stack: AsyncDisposableStack,
): Promise<readonly EndpointKind[]> {
  const senders = new Senders({ authorizer, identities: access.identities });
  const caller = new FunctionCaller({ invoking, authorizer, senders });
  const directory = stack.use(new ApiDirectory({ database: opened.database, logger }));
  await directory.start();
  const iam = new IamAuthorizer({ callers: new SignedCallers(signatures, "execute-api"), authorizer });
  const accessLog = stack.use(new AccessLog({ logs: stores.logs, disk, clock, logger }));
  const httpApis = new HttpApis({
    ...{ directory, caller, quotas, outbound, iam, accessLog, clock },
    isOwnHost: apiGatewayParts(config).isOwnHost,
    jwt: new JwtAuthorizer({ keys: new SigningKeys({ outbound, clock }), clock }),
    lambda: new LambdaAuthorizer({ caller, clock, logger }),
  });
  const templates = stack.use(new TemplateThreads(clock));
  const usage = stack.use(new KeyUsageCounter({ store: new KeyUsageStore(opened.database), clock, logger }));
  const restApis = new RestApis({
    ...{ directory, quotas, iam, accessLog, templates, clock },
    authorizers: new RestAuthorizers({ caller, clock, logger }),
    integrations: new RestIntegrations({ caller, outbound, templates, clock }),
    plans: new UsagePlans({ directory, usage }),
  });
  return [httpApis, restApis];
}
