import { bool, structure } from "@hearth/model";
import { operation, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import { certificateArn, certificateIdIn } from "../certificate.ts";
import type { IotDeps } from "../deps.ts";
import { InvalidRequestException, LimitExceededException, noPolicy, ResourceNotFoundException } from "../errors.ts";
import { keyIn, pageOf } from "../paging.ts";
import * as words from "../words.ts";
import { shownPage } from "./policies.ts";

type Policies = Pick<IotDeps, "policies">;

const DEFAULT_PAGE = 25;
/** AWS's quota. */
const MAX_OF_CERTIFICATE = 10;

/** The certificate that a target is: Hearth attaches policies to nothing else. */
function certificateOf(target: string, context: RequestContext): string {
  const certificateId = certificateIdIn(context, target);
  if (certificateId === undefined) {
    throw new InvalidRequestException(
      `Invalid target: Hearth attaches policies to certificates only. Target: ${target}`,
    );
  }
  return certificateId;
}

/** https://docs.aws.amazon.com/iot/latest/apireference/API_AttachPolicy.html */
export const attachPolicy = operation({
  name: "AttachPolicy",
  http: ["PUT", "/target-policies/{policyName}", 200],
  input: structure({ policyName: words.PolicyName, target: words.Target }),
  errors: [InvalidRequestException, LimitExceededException, ResourceNotFoundException],
  async handle({ policyName, target }, context, { policies }: Policies) {
    const { accountId, region } = context;
    const certificateId = certificateOf(target, context);
    const present = await policies.ofCertificate(context, certificateId, { limit: MAX_OF_CERTIFICATE });
    if (present.length >= MAX_OF_CERTIFICATE && !present.some((policy) => policy.policyName === policyName)) {
      throw new LimitExceededException(`A certificate has at most ${MAX_OF_CERTIFICATE} policies`);
    }
    if (!(await policies.attach({ accountId, region, policyName }, certificateId))) {
      throw new ResourceNotFoundException(`The policy ${policyName} or the target ${target} does not exist`);
    }
    return undefined;
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_DetachPolicy.html */
export const detachPolicy = operation({
  name: "DetachPolicy",
  http: ["POST", "/target-policies/{policyName}", 200],
  input: structure({ policyName: words.PolicyName, target: words.Target }),
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ policyName, target }, context, { policies }: Policies) {
    const { accountId, region } = context;
    await policies.detach({ accountId, region, policyName }, certificateOf(target, context));
    return undefined;
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_ListAttachedPolicies.html */
export const listAttachedPolicies = operation({
  name: "ListAttachedPolicies",
  http: ["POST", "/attached-policies/{target}", 200],
  query: { recursive: "recursive", marker: "marker", pageSize: "pageSize" },
  input: structure({
    target: words.Target,
    recursive: bool().optional(),
    marker: words.Marker.optional(),
    pageSize: words.PageSize.optional(),
  }),
  output: structure({
    policies: z.array(structure({ policyName: z.string(), policyArn: z.string() })),
    nextMarker: z.string().optional(),
  }),
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ target, marker, pageSize = DEFAULT_PAGE }, context, deps: Pick<IotDeps, "policies" | "certificates">) {
    const certificateId = certificateOf(target, context);
    if (!(await deps.certificates.find(context, certificateId))) {
      throw new ResourceNotFoundException(`The target does not exist: ${target}`);
    }
    const page = { after: keyIn(marker), limit: pageSize + 1 };
    return shownPage(await deps.policies.ofCertificate(context, certificateId, page), pageSize);
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_ListTargetsForPolicy.html */
export const listTargetsForPolicy = operation({
  name: "ListTargetsForPolicy",
  http: ["POST", "/policy-targets/{policyName}", 200],
  query: { marker: "marker", pageSize: "pageSize" },
  input: structure({
    policyName: words.PolicyName,
    marker: words.Marker.optional(),
    pageSize: words.PageSize.optional(),
  }),
  output: structure({ targets: z.array(z.string()), nextMarker: z.string().optional() }),
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ policyName, marker, pageSize = DEFAULT_PAGE }, context, { policies }: Policies) {
    const { accountId, region } = context;
    const key = { accountId, region, policyName };
    if (!(await policies.find(key))) throw noPolicy(policyName);
    const found = await policies.targets(key, { after: keyIn(marker), limit: pageSize + 1 });
    const { items, next } = pageOf(found, pageSize, (id) => id);
    return {
      targets: items.map((id) => certificateArn(context, id)),
      ...(next !== undefined && { nextMarker: next }),
    };
  },
});
