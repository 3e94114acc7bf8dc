import { NotImplementedException, structure, text } from "@hearth/model";
import type { ApiDomain } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { apiArn } from "../../apigatewayv2/apiArn.ts";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import { BadRequestException, ConflictException, NotFoundException } from "../../apigatewayv2/errors.ts";
import { makeDomain, noDomain } from "../../apigatewayv2/operations/domainNames.ts";
import { withTags } from "../../apigatewayv2/tagging.ts";
import { conforming, given } from "../editing.ts";
import { pageOf } from "../paging.ts";
import { onlyElement, patched, type PatchTable, scalar, type Settings } from "../patch.ts";
import * as words from "../words.ts";

const PATH = "/domainnames";
const errors = [BadRequestException, ConflictException, NotFoundException];
/** Of AWS's own names in front of a custom one, which Hearth has not. */
const DISTRIBUTION_ZONE = "Z2FDTNDATAQYW2";

const members = {
  certificateArn: text({ max: 2048 }).optional(),
  certificateName: text({ max: 128 }).optional(),
  regionalCertificateArn: text({ max: 2048 }).optional(),
  regionalCertificateName: text({ max: 128 }).optional(),
  endpointConfiguration: words.endpointConfiguration.optional(),
  securityPolicy: text({ pattern: "TLS_1_[02]" }).optional(),
};
const rules = structure(members);
const shown = structure({
  ...members,
  domainName: z.string(),
  domainNameArn: z.string(),
  domainNameStatus: z.string(),
  regionalDomainName: z.string().optional(),
  distributionDomainName: z.string().optional(),
  distributionHostedZoneId: z.string().optional(),
  routingMode: z.string(),
  tags: words.shownTags,
});
type Configuration = Readonly<{
  certificateArn?: string;
  certificateName?: string;
  endpointType: string;
  securityPolicy: string;
  ipAddressType: string;
}>;

/** The document of version 1 of a domain name, which is kept as version 2 has it. */
function documentOf({ settings }: Pick<ApiDomain, "settings">): Settings {
  const [one] = settings["domainNameConfigurations"] as readonly Configuration[];
  const { certificateArn, certificateName, endpointType = "EDGE", securityPolicy, ipAddressType = "ipv4" } = one ?? {};
  const isEdge = endpointType === "EDGE";
  return given({
    endpointConfiguration: { types: [endpointType], ipAddressType },
    securityPolicy,
    [isEdge ? "certificateArn" : "regionalCertificateArn"]: certificateArn,
    [isEdge ? "certificateName" : "regionalCertificateName"]: certificateName,
  });
}

function answer(domain: ApiDomain): object {
  const { domainName, region, tags } = domain;
  const document = documentOf(domain);
  // The owner of the installation points the name to it: there is no other name in front.
  const front =
    "regionalCertificateArn" in document
      ? { regionalDomainName: domainName }
      : { distributionDomainName: domainName, distributionHostedZoneId: DISTRIBUTION_ZONE };
  return {
    ...{ ...document, ...front, domainName, tags },
    domainNameArn: apiArn({ region }, `/domainnames/${domainName}`),
    domainNameStatus: "AVAILABLE",
    routingMode: "BASE_PATH_MAPPING_ONLY",
  };
}

/** The settings of a domain name that version 2 has too. */
function settingsOf(document: Settings): Settings {
  conforming(rules, document);
  const { types = [], ipAddressType = "ipv4" } = (document["endpointConfiguration"] ?? {}) as {
    readonly types?: readonly string[];
    readonly ipAddressType?: string;
  };
  const [endpointType = document["regionalCertificateArn"] === undefined ? "EDGE" : "REGIONAL"] = types;
  if (endpointType === "PRIVATE") throw new NotImplementedException("Private domain names are not built.");
  const isEdge = endpointType === "EDGE";
  const certificateArn = document[isEdge ? "certificateArn" : "regionalCertificateArn"];
  const certificateName = document[isEdge ? "certificateName" : "regionalCertificateName"];
  if (certificateArn === undefined) {
    throw new BadRequestException(
      isEdge
        ? "A certificate ARN must be specified for edge-optimized domain names"
        : "A regional certificate ARN must be specified for regional domain names",
    );
  }
  const securityPolicy = document["securityPolicy"] ?? "TLS_1_2";
  const configuration = given({ certificateArn, certificateName, endpointType, securityPolicy, ipAddressType });
  return { domainNameConfigurations: [configuration] };
}

const createDomainName = operation({
  name: "CreateDomainName",
  http: ["POST", PATH, 201],
  input: structure({
    domainName: text({ min: 1, max: 512 }),
    ...members,
    certificateBody: z.string().optional(),
    mutualTlsAuthentication: structure({ truststoreUri: z.string().optional() }).optional(),
    policy: z.string().optional(),
    routingMode: z.string().optional(),
    tags: words.tags.optional(),
  }),
  output: shown,
  errors,
  async handle(input, { accountId, region }, deps: ApiGatewayDeps) {
    const { domainName, certificateBody, mutualTlsAuthentication, policy, routingMode, tags = {}, ...document } = input;
    if (certificateBody !== undefined) {
      throw new NotImplementedException("Uploading certificates is not built: TLS is the installation's.");
    }
    if (mutualTlsAuthentication) throw new NotImplementedException("Mutual TLS of domain names is not built.");
    if (policy !== undefined || (routingMode !== undefined && routingMode !== "BASE_PATH_MAPPING_ONLY")) {
      throw new NotImplementedException("Private domain names and routing rules are not built.");
    }
    const settings = settingsOf(given(document));
    return answer(await makeDomain(deps, { domainName, accountId, region, settings, tags: withTags({}, tags) }));
  },
});

const getDomainName = operation({
  name: "GetDomainName",
  http: ["GET", `${PATH}/{domain_name}`, 200],
  input: structure({ domain_name: words.id }),
  output: shown,
  errors: [NotFoundException],
  async handle({ domain_name }, context, { domains }: Pick<ApiGatewayDeps, "domains">) {
    const found = await domains.find(context, domain_name.toLowerCase());
    if (!found) throw noDomain(domain_name);
    return answer(found);
  },
});

const getDomainNames = operation({
  name: "GetDomainNames",
  http: ["GET", PATH, 200],
  query: words.pageQuery,
  input: structure(words.pageMembers),
  output: structure({ item: z.array(shown), position: z.string().optional() }),
  errors: [BadRequestException],
  async handle(page, context, { domains }: Pick<ApiGatewayDeps, "domains">) {
    const { item, ...rest } = await pageOf(page, domains.list.bind(domains, context), ({ domainName }) => domainName);
    return { item: item.map(answer), ...rest };
  },
});

const PATCHES: PatchTable = {
  "/certificateArn": scalar(),
  "/certificateName": scalar(),
  "/regionalCertificateArn": scalar(),
  "/regionalCertificateName": scalar(),
  "/securityPolicy": scalar("text", { required: true }),
  "/endpointConfiguration/types/{type}": onlyElement(),
  "/endpointConfiguration/ipAddressType": scalar("text", { required: true }),
};

const updateDomainName = operation({
  name: "UpdateDomainName",
  http: ["PATCH", `${PATH}/{domain_name}`, 200],
  input: structure({ domain_name: words.id, patchOperations: words.patchOperations }),
  output: shown,
  errors,
  async handle({ domain_name, patchOperations }, context, { database, domains }: ApiGatewayDeps) {
    return await database.transaction(async (tx) => {
      const domain = await domains.lock(tx, context, domain_name.toLowerCase());
      if (!domain) throw noDomain(domain_name);
      const settings = settingsOf(patched(documentOf(domain), patchOperations, PATCHES));
      await domains.change(tx, domain.domainName, { settings });
      return answer({ ...domain, settings });
    });
  },
});

const deleteDomainName = operation({
  name: "DeleteDomainName",
  http: ["DELETE", `${PATH}/{domain_name}`, 202],
  input: structure({ domain_name: words.id }),
  errors: [NotFoundException],
  async handle({ domain_name }, context, { database, domains }: ApiGatewayDeps) {
    await database.transaction(async (tx) => {
      const domain = await domains.lock(tx, context, domain_name.toLowerCase());
      if (!domain) throw noDomain(domain_name);
      await domains.delete(tx, domain.domainName);
    });
    return undefined;
  },
});

export const restDomainNameOperations = [
  createDomainName,
  getDomainName,
  getDomainNames,
  updateDomainName,
  deleteDomainName,
];
