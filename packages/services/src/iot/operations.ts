import type { AnyOperation } from "@hearth/wire";
import type { IotDeps } from "./deps.ts";
import * as attachments from "./operations/attachments.ts";
import * as certificates from "./operations/certificates.ts";
import * as policies from "./operations/policies.ts";
import * as tags from "./operations/tags.ts";
import * as rules from "./operations/topicRules.ts";

/** The operations of AWS IoT that Hearth has. */
export const operations: readonly AnyOperation<IotDeps>[] = [
  rules.createTopicRule,
  rules.getTopicRule,
  rules.listTopicRules,
  rules.replaceTopicRule,
  rules.deleteTopicRule,
  rules.enableTopicRule,
  rules.disableTopicRule,
  tags.tagResource,
  tags.untagResource,
  tags.listTagsForResource,
  certificates.describeEndpoint,
  certificates.createKeysAndCertificate,
  certificates.registerCertificate,
  certificates.registerCertificateWithoutCA,
  certificates.describeCertificate,
  certificates.listCertificates,
  certificates.updateCertificate,
  certificates.deleteCertificate,
  policies.createPolicy,
  policies.getPolicy,
  policies.listPolicies,
  policies.deletePolicy,
  policies.createPolicyVersion,
  policies.listPolicyVersions,
  policies.getPolicyVersion,
  policies.deletePolicyVersion,
  policies.setDefaultPolicyVersion,
  attachments.attachPolicy,
  attachments.detachPolicy,
  attachments.listAttachedPolicies,
  attachments.listTargetsForPolicy,
];
