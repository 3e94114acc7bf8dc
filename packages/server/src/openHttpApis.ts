import { type Authorizer, Senders } from "@hearth/access";
import { ApiDirectory } from "@hearth/apis";
import {
  AccessLog,
  FunctionCaller,
  HttpApis,
  IamAuthorizer,
  JwtAuthorizer,
  LambdaAuthorizer,
  SignedCallers,
  SigningKeys,
} from "@hearth/gateway";
import type { Invoking } from "@hearth/invoke";
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

/** HTTP APIs of API Gateway, for a process that runs functions. What runs is put on `stack`. */
export async function openHttpApis(
  { config, clock, logger }: Base,
  { opened, access, stores, outbound, disk }: House,
  { invoking, authorizer, signatures, quotas }: HttpApisParts,
  stack: AsyncDisposableStack,
): Promise<HttpApis> {
  const senders = new Senders({ authorizer, identities: access.identities });
  const caller = new FunctionCaller({ invoking, authorizer, senders });
  const directory = stack.use(new ApiDirectory({ database: opened.database, logger }));
  await directory.start();
  return new HttpApis({
    directory,
    isOwnHost: apiGatewayParts(config).isOwnHost,
    caller,
    quotas,
    outbound,
    jwt: new JwtAuthorizer({ keys: new SigningKeys({ outbound, clock }), clock }),
    lambda: new LambdaAuthorizer({ caller, clock, logger }),
    iam: new IamAuthorizer({ callers: new SignedCallers(signatures, "execute-api"), authorizer }),
    accessLog: stack.use(new AccessLog({ logs: stores.logs, disk, clock, logger })),
    clock,
  });
}
