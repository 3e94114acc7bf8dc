import { NotImplementedException, structure } from "@hearth/model";
import type { ApiDomain } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { apiArn } from "../apiArn.ts";
import type { ApiGatewayDeps } from "../deps.ts";
import { BadRequestException, ConflictException, NotFoundException } from "../errors.ts";
import { pageOf } from "../paging.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import { withTags } from "../tagging.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const QUOTA = 120;
const PATH = "/v2/domainnames";
const NAME = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

type Configurations = z.output<typeof words.domainNameConfigurations>;

function answer({ domainName, region, settings, tags }: ApiDomain): object {
  const configurations = (settings["domainNameConfigurations"] ?? []) as Configurations;
  return {
    apiMappingSelectionExpression: "$request.basepath",
    domainName,
    domainNameArn: apiArn({ region }, `/domainnames/${domainName}`),
    // The owner of the installation points the name to it: there is no other name in front.
    domainNameConfigurations: configurations.map((one) => ({
      ...one,
      apiGatewayDomainName: domainName,
      domainNameStatus: "AVAILABLE",
    })),
    routingMode: "API_MAPPING_ONLY",
    tags,
  };
}

export function noDomain(domainName: string): NotFoundException {
  return new NotFoundException(`Invalid domain name identifier specified: ${domainName}`);
}

/** Checks what a domain name is to be made of, and adds defaults. */
function complete(configurations: Configurations = []): Configurations {
  const [{ certificateArn, endpointType = "REGIONAL", securityPolicy = "TLS_1_2" } = {}] = configurations;
  if (certificateArn === undefined)
    throw new BadRequestException("A certificate ARN must be specified for the domain name");
  if (endpointType !== "REGIONAL") {
    throw new BadRequestException("Only REGIONAL endpoints are supported for domain names of HTTP and WebSocket APIs");
  }
  return [{ ipAddressType: "ipv4", ...configurations[0], endpointType, securityPolicy }];
}

function refuseUnbuilt(input: {
  readonly mutualTlsAuthentication?: object | undefined;
  readonly routingMode?: string | undefined;
}): void {
  if (input.mutualTlsAuthentication && Object.keys(input.mutualTlsAuthentication).length > 0) {
    throw new NotImplementedException("Mutual TLS of domain names is not built.");
  }
  if (input.routingMode !== undefined && input.routingMode !== "API_MAPPING_ONLY") {
    throw new NotImplementedException("Routing rules are not built.");
  }
}

/** Creates a domain name, for both versions of the API. */
export async function makeDomain(deps: ApiGatewayDeps, domain: ApiDomain): Promise<ApiDomain> {
  const domainName = domain.domainName.toLowerCase();
  if (!NAME.test(domainName) || domainName.length > 253)
    throw new BadRequestException(`Invalid domain name specified: ${domain.domainName}`);
  if (deps.isOwnHost(domainName.replace("*", "any")))
    throw new BadRequestException(`The domain name ${domainName} belongs to this installation`);
  refuseWhenDiskIsShort(deps);
  const created = await deps.database.transaction((tx) => deps.domains.create(tx, { ...domain, domainName }, QUOTA));
  if (created === "taken") throw new ConflictException("The domain name you provided already exists.");
  if (created === "conflict")
    throw new ConflictException(`The domain name ${domainName} conflicts with a domain name of another account.`);
  if (created === "tooMany")
    throw new BadRequestException(`The account has ${QUOTA} domain names, which is its limit.`);
  return created;
}

const createDomainName = operation({
  name: "CreateDomainName",
  http: ["POST", PATH, 201],
  input: structure({
    domainName: words.domainName,
    domainNameConfigurations: words.domainNameConfigurations.optional(),
    mutualTlsAuthentication: words.mutualTls.optional(),
    routingMode: words.routingMode.optional(),
    tags: words.tags.optional(),
  }),
  output: words.domainNameAnswer,
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle(input, { accountId, region }, deps: ApiGatewayDeps) {
    refuseUnbuilt(input);
    const settings = { domainNameConfigurations: complete(input.domainNameConfigurations) };
    const tags = withTags({}, input.tags ?? {});
    return answer(await makeDomain(deps, { domainName: input.domainName, accountId, region, settings, tags }));
  },
});

const getDomainName = operation({
  name: "GetDomainName",
  http: ["GET", `${PATH}/{domainName}`, 200],
  input: structure({ domainName: words.domainName }),
  output: words.domainNameAnswer,
  errors: [NotFoundException],
  async handle({ domainName }, context, { domains }: Pick<ApiGatewayDeps, "domains">) {
    const found = await domains.find(context, domainName.toLowerCase());
    if (!found) throw noDomain(domainName);
    return answer(found);
  },
});

const getDomainNames = operation({
  name: "GetDomainNames",
  http: ["GET", PATH, 200],
  query: { maxResults: "maxResults", nextToken: "nextToken" },
  input: structure({ maxResults: words.maxResults.optional(), nextToken: words.nextToken.optional() }),
  output: structure({ items: z.array(words.domainNameAnswer), nextToken: z.string().optional() }),
  errors: [BadRequestException],
  async handle(page, context, { domains }: Pick<ApiGatewayDeps, "domains">) {
    const { items, ...rest } = await pageOf(page, domains.list.bind(domains, context), ({ domainName }) => domainName);
    return { items: items.map(answer), ...rest };
  },
});

const updateDomainName = operation({
  name: "UpdateDomainName",
  http: ["PATCH", `${PATH}/{domainName}`, 200],
  input: structure({
    domainName: words.domainName,
    domainNameConfigurations: words.domainNameConfigurations.optional(),
    mutualTlsAuthentication: words.mutualTls.optional(),
    routingMode: words.routingMode.optional(),
  }),
  output: words.domainNameAnswer,
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle(input, context, { database, domains }: Pick<ApiGatewayDeps, "database" | "domains">) {
    refuseUnbuilt(input);
    const domainName = input.domainName.toLowerCase();
    return await database.transaction(async (tx) => {
      const domain = await domains.lock(tx, context, domainName);
      if (!domain) throw noDomain(domainName);
      const before = domain.settings["domainNameConfigurations"] as Configurations;
      const settings = {
        domainNameConfigurations: complete([{ ...before[0], ...input.domainNameConfigurations?.[0] }]),
      };
      await domains.change(tx, domainName, { settings });
      return answer({ ...domain, settings });
    });
  },
});

const deleteDomainName = operation({
  name: "DeleteDomainName",
  http: ["DELETE", `${PATH}/{domainName}`, 204],
  input: structure({ domainName: words.domainName }),
  errors: [NotFoundException],
  async handle({ domainName }, context, { database, domains }: Pick<ApiGatewayDeps, "database" | "domains">) {
    await database.transaction(async (tx) => {
      const domain = await domains.lock(tx, context, domainName.toLowerCase());
      if (!domain) throw noDomain(domainName);
      await domains.delete(tx, domain.domainName);
    });
    return undefined;
  },
});

export const domainNameOperations = [
  createDomainName,
  getDomainName,
  getDomainNames,
  updateDomainName,
  deleteDomainName,
];
