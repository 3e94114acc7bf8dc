import { type AccountRegion, arn, bool, structure, text } from "@hearth/model";
import type { IotPolicyRecord, IotPolicyVersion } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IotDeps } from "../deps.ts";
import {
  DeleteConflictException,
  InvalidRequestException,
  LimitExceededException,
  MalformedPolicyException,
  noPolicy,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
  ThrottlingException,
  VersionsLimitExceededException,
} from "../errors.ts";
import { keyIn, pageOf } from "../paging.ts";
import { checkPolicyDocument } from "../policyDocument.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import { withTags } from "../tagging.ts";
import * as words from "../words.ts";

const MAX_POLICIES = 1_000;
const MAX_VERSIONS = 5;
const DEFAULT_PAGE = 25;
const Document = text({ max: 404_600, pattern: "[\\s\\S]*" });

export function policyArn({ accountId, region }: AccountRegion, policyName: string): string {
  return arn({ service: "iot", region, accountId, resource: `policy/${policyName}` });
}

/** https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html */
export const createPolicy = operation({
  name: "CreatePolicy",
  http: ["POST", "/policies/{policyName}", 200],
  input: structure({ policyName: words.PolicyName, policyDocument: Document, tags: words.TagList.optional() }),
  output: structure({
    policyName: z.string(),
    policyArn: z.string(),
    policyDocument: z.string(),
    policyVersionId: z.string(),
  }),
  errors: [
    InvalidRequestException,
    LimitExceededException,
    MalformedPolicyException,
    ResourceAlreadyExistsException,
    ThrottlingException,
  ],
  async handle({ policyName, policyDocument, tags = [] }, { accountId, region }, deps: IotDeps) {
    refuseWhenDiskIsShort(deps);
    checkPolicyDocument(policyDocument);
    const first = { id: "1", document: policyDocument, createdMs: deps.clock.now() };
    const values = { versions: [first], defaultId: first.id, tags: withTags({}, tags) };
    const created = await deps.policies.create({ accountId, region, policyName }, values, MAX_POLICIES);
    if (created === "taken") {
      throw new ResourceAlreadyExistsException(`Policy cannot be created - name already exists (name=${policyName})`);
    }
    if (created === "tooMany") throw new LimitExceededException(`An account has at most ${MAX_POLICIES} policies`);
    return {
      policyName,
      policyArn: policyArn({ accountId, region }, policyName),
      policyDocument,
      policyVersionId: first.id,
    };
  },
});

type Policies = Pick<IotDeps, "policies">;

async function found(
  { accountId, region }: AccountRegion,
  { policies }: Policies,
  policyName: string,
): Promise<IotPolicyRecord> {
  const record = await policies.find({ accountId, region, policyName });
  if (!record) throw noPolicy(policyName);
  return record;
}

function versionOf({ versions, policyName }: IotPolicyRecord, id: string): IotPolicyVersion {
  const version = versions.find((one) => one.id === id);
  if (!version) throw new ResourceNotFoundException(`Policy version not found: ${policyName} ${id}`);
  return version;
}

/** https://docs.aws.amazon.com/iot/latest/apireference/API_GetPolicy.html */
export const getPolicy = operation({
  name: "GetPolicy",
  http: ["GET", "/policies/{policyName}", 200],
  input: structure({ policyName: words.PolicyName }),
  output: structure({
    policyName: z.string(),
    policyArn: z.string(),
    policyDocument: z.string(),
    defaultVersionId: z.string(),
    creationDate: z.date(),
    lastModifiedDate: z.date(),
    generationId: z.string(),
  }),
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ policyName }, context, deps: Policies) {
    const record = await found(context, deps, policyName);
    const { defaultId, createdMs, modifiedMs } = record;
    return {
      policyName,
      policyArn: policyArn(record, policyName),
      policyDocument: versionOf(record, defaultId).document,
      defaultVersionId: defaultId,
      creationDate: new Date(createdMs),
      lastModifiedDate: new Date(modifiedMs),
      generationId: String(Math.floor(createdMs)),
    };
  },
});

const ShownPolicy = structure({ policyName: z.string(), policyArn: z.string() });

/** https://docs.aws.amazon.com/iot/latest/apireference/API_ListPolicies.html */
export const listPolicies = operation({
  name: "ListPolicies",
  http: ["GET", "/policies", 200],
  query: { marker: "marker", pageSize: "pageSize", ascendingOrder: "isAscendingOrder" },
  input: structure({
    marker: words.Marker.optional(),
    pageSize: words.PageSize.optional(),
    ascendingOrder: bool().optional(),
  }),
  output: structure({ policies: z.array(ShownPolicy), nextMarker: z.string().optional() }),
  errors: [InvalidRequestException],
  async handle({ marker, pageSize = DEFAULT_PAGE }, context, { policies }: Policies) {
    return shownPage(await policies.list(context, { after: keyIn(marker), limit: pageSize + 1 }), pageSize);
  },
});

/** The answer of listings of policies. */
export function shownPage(records: readonly IotPolicyRecord[], pageSize: number) {
  const { items, next } = pageOf(records, pageSize, ({ policyName }) => policyName);
  return {
    policies: items.map((record) => ({
      policyName: record.policyName,
      policyArn: policyArn(record, record.policyName),
    })),
    ...(next !== undefined && { nextMarker: next }),
  };
}

/** https://docs.aws.amazon.com/iot/latest/apireference/API_DeletePolicy.html */
export const deletePolicy = operation({
  name: "DeletePolicy",
  http: ["DELETE", "/policies/{policyName}", 200],
  input: structure({ policyName: words.PolicyName }),
  errors: [DeleteConflictException, InvalidRequestException, ResourceNotFoundException],
  async handle({ policyName }, { accountId, region }, { policies }: Policies) {
    const deleted = await policies.delete({ accountId, region, policyName });
    if (deleted === "absent") throw noPolicy(policyName);
    if (deleted === "attached") {
      throw new DeleteConflictException(
        `The policy cannot be deleted as the policy is attached to one or more principals (name=${policyName})`,
      );
    }
    if (deleted === "versions") {
      throw new DeleteConflictException(
        `Cannot delete the policy because it has one or more policy versions attached to it (name=${policyName})`,
      );
    }
    return undefined;
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicyVersion.html */
export const createPolicyVersion = operation({
  name: "CreatePolicyVersion",
  http: ["POST", "/policies/{policyName}/version", 200],
  query: { setAsDefault: "setAsDefault" },
  input: structure({ policyName: words.PolicyName, policyDocument: Document, setAsDefault: bool().optional() }),
  output: structure({
    policyArn: z.string(),
    policyDocument: z.string(),
    policyVersionId: z.string(),
    isDefaultVersion: z.boolean(),
  }),
  errors: [
    InvalidRequestException,
    MalformedPolicyException,
    ResourceNotFoundException,
    ThrottlingException,
    VersionsLimitExceededException,
  ],
  async handle({ policyName, policyDocument, setAsDefault = false }, { accountId, region }, deps: IotDeps) {
    refuseWhenDiskIsShort(deps);
    checkPolicyDocument(policyDocument);
    let id = "";
    const isThere = await deps.policies.change({ accountId, region, policyName }, ({ versions, defaultId }) => {
      if (versions.length >= MAX_VERSIONS) {
        throw new VersionsLimitExceededException(
          `The policy ${policyName} already has the maximum number of versions (${MAX_VERSIONS})`,
        );
      }
      id = String(Math.max(...versions.map((version) => Number(version.id))) + 1);
      const added = { id, document: policyDocument, createdMs: deps.clock.now() };
      return { versions: [...versions, added], defaultId: setAsDefault ? id : defaultId };
    });
    if (!isThere) throw noPolicy(policyName);
    return {
      policyArn: policyArn({ accountId, region }, policyName),
      policyDocument,
      policyVersionId: id,
      isDefaultVersion: setAsDefault,
    };
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_ListPolicyVersions.html */
export const listPolicyVersions = operation({
  name: "ListPolicyVersions",
  http: ["GET", "/policies/{policyName}/version", 200],
  input: structure({ policyName: words.PolicyName }),
  output: structure({
    policyVersions: z.array(structure({ versionId: z.string(), isDefaultVersion: z.boolean(), createDate: z.date() })),
  }),
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ policyName }, context, deps: Policies) {
    const { versions, defaultId } = await found(context, deps, policyName);
    return {
      policyVersions: versions.toReversed().map(({ id, createdMs }) => ({
        versionId: id,
        isDefaultVersion: id === defaultId,
        createDate: new Date(createdMs),
      })),
    };
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_GetPolicyVersion.html */
export const getPolicyVersion = operation({
  name: "GetPolicyVersion",
  http: ["GET", "/policies/{policyName}/version/{policyVersionId}", 200],
  input: structure({ policyName: words.PolicyName, policyVersionId: words.PolicyVersionId }),
  output: structure({
    policyArn: z.string(),
    policyName: z.string(),
    policyDocument: z.string(),
    policyVersionId: z.string(),
    isDefaultVersion: z.boolean(),
    creationDate: z.date(),
    lastModifiedDate: z.date(),
    generationId: z.string(),
  }),
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ policyName, policyVersionId }, context, deps: Policies) {
    const record = await found(context, deps, policyName);
    const { document, createdMs } = versionOf(record, policyVersionId);
    return {
      policyArn: policyArn(record, policyName),
      policyName,
      policyDocument: document,
      policyVersionId,
      isDefaultVersion: policyVersionId === record.defaultId,
      creationDate: new Date(createdMs),
      lastModifiedDate: new Date(createdMs),
      generationId: String(Math.floor(createdMs)),
    };
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_DeletePolicyVersion.html */
export const deletePolicyVersion = operation({
  name: "DeletePolicyVersion",
  http: ["DELETE", "/policies/{policyName}/version/{policyVersionId}", 200],
  input: structure({ policyName: words.PolicyName, policyVersionId: words.PolicyVersionId }),
  errors: [DeleteConflictException, InvalidRequestException, ResourceNotFoundException],
  async handle({ policyName, policyVersionId }, { accountId, region }, { policies }: Policies) {
    const isThere = await policies.change({ accountId, region, policyName }, (record) => {
      versionOf(record, policyVersionId);
      if (policyVersionId === record.defaultId) {
        throw new DeleteConflictException("Cannot delete the default version of a policy");
      }
      return { versions: record.versions.filter(({ id }) => id !== policyVersionId) };
    });
    if (!isThere) throw noPolicy(policyName);
    return undefined;
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_SetDefaultPolicyVersion.html */
export const setDefaultPolicyVersion = operation({
  name: "SetDefaultPolicyVersion",
  http: ["PATCH", "/policies/{policyName}/version/{policyVersionId}", 200],
  input: structure({ policyName: words.PolicyName, policyVersionId: words.PolicyVersionId }),
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ policyName, policyVersionId }, { accountId, region }, { policies }: Policies) {
    const isThere = await policies.change({ accountId, region, policyName }, (record) => {
      versionOf(record, policyVersionId);
      return { defaultId: policyVersionId };
    });
    if (!isThere) throw noPolicy(policyName);
    return undefined;
  },
});
