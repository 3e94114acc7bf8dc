import type { House } from "@hearth/access";
import type { Clock, Random } from "@hearth/kit";
import {
  ApiDomainStore,
  ApiGatewayAccountStore,
  ApiKeyStore,
  ApiPartStore,
  ApiStore,
  type Database,
  KeyUsageStore,
  UsagePlanStore,
} from "@hearth/store";
import type { RestTester } from "../apigateway/restTester.ts";

/** What a process offers to API Gateway. */
export interface ApiGatewayHouse extends House {
  readonly apiGatewayLimits: ApiGatewayLimits;
  /** Whether Hearth itself answers to a host name (lower case): no account may have it as its custom domain name. */
  readonly isOwnHost: (name: string) => boolean;
  /** Tests methods and authorizers of REST APIs, in a process that runs functions; there it is known once requests are served. */
  readonly restTester?: () => RestTester | undefined;
  /** The URL of an API, such as `http://abc123.execute-api.us-east-1.localhost:4566`. `endpoint`: the one that the client used. */
  readonly apiEndpoint: (api: { readonly apiId: string; readonly region: string }, endpoint: string) => string;
}

/** Per account and region, or per API. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
export interface ApiGatewayLimits {
  readonly apis: number;
  readonly routes: number;
}

export interface ApiGatewayDeps {
  readonly database: Pick<Database, "transaction">;
  readonly apis: ApiStore;
  readonly parts: ApiPartStore;
  readonly domains: ApiDomainStore;
  readonly keys: ApiKeyStore;
  readonly plans: UsagePlanStore;
  readonly usage: KeyUsageStore;
  readonly accounts: ApiGatewayAccountStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: House["disk"];
  readonly limits: ApiGatewayLimits;
  readonly isOwnHost: ApiGatewayHouse["isOwnHost"];
  readonly apiEndpoint: ApiGatewayHouse["apiEndpoint"];
  readonly tester: () => RestTester | undefined;
}

export function openApiGatewayDeps(house: ApiGatewayHouse): ApiGatewayDeps {
  const { database, clock, random, disk, apiGatewayLimits: limits, isOwnHost, apiEndpoint } = house;
  return {
    database,
    apis: new ApiStore(database),
    parts: new ApiPartStore(database),
    domains: new ApiDomainStore(database),
    keys: new ApiKeyStore(database),
    plans: new UsagePlanStore(database),
    usage: new KeyUsageStore(database),
    accounts: new ApiGatewayAccountStore(database),
    ...{ clock, random, disk, limits, isOwnHost, apiEndpoint },
    tester: () => house.restTester?.(),
  };
}
