import type { AnyOperation } from "@hearth/wire";
import type { SnsDeps } from "./deps.ts";
import { addPermission } from "./operations/addPermission.ts";
import { confirmSubscription } from "./operations/confirmSubscription.ts";
import { createTopic } from "./operations/createTopic.ts";
import { deleteTopic } from "./operations/deleteTopic.ts";
import { getSubscriptionAttributes } from "./operations/getSubscriptionAttributes.ts";
import { getTopicAttributes } from "./operations/getTopicAttributes.ts";
import { listSubscriptions } from "./operations/listSubscriptions.ts";
import { listSubscriptionsByTopic } from "./operations/listSubscriptionsByTopic.ts";
import { listTagsForResource } from "./operations/listTagsForResource.ts";
import { listTopics } from "./operations/listTopics.ts";
import { publish } from "./operations/publish.ts";
import { publishBatch } from "./operations/publishBatch.ts";
import { removePermission } from "./operations/removePermission.ts";
import { setSubscriptionAttributes } from "./operations/setSubscriptionAttributes.ts";
import { setTopicAttributes } from "./operations/setTopicAttributes.ts";
import { subscribe } from "./operations/subscribe.ts";
import { tagResource } from "./operations/tagResource.ts";
import { unsubscribe } from "./operations/unsubscribe.ts";
import { untagResource } from "./operations/untagResource.ts";

/** The operations of SNS that Hearth has. */
export const operations: readonly AnyOperation<SnsDeps>[] = [
  addPermission,
  confirmSubscription,
  createTopic,
  deleteTopic,
  getSubscriptionAttributes,
  getTopicAttributes,
  listSubscriptions,
  listSubscriptionsByTopic,
  listTagsForResource,
  listTopics,
  publish,
  publishBatch,
  removePermission,
  setSubscriptionAttributes,
  setTopicAttributes,
  subscribe,
  tagResource,
  unsubscribe,
  untagResource,
];

/** Every operation of SNS. */
export const ALL_OPERATIONS = `
  AddPermission CheckIfPhoneNumberIsOptedOut ConfirmSubscription CreatePlatformApplication CreatePlatformEndpoint CreateSMSSandboxPhoneNumber
  CreateTopic DeleteEndpoint DeletePlatformApplication DeleteSMSSandboxPhoneNumber DeleteTopic GetDataProtectionPolicy GetEndpointAttributes
  GetPlatformApplicationAttributes GetSMSAttributes GetSMSSandboxAccountStatus GetSubscriptionAttributes GetTopicAttributes
  ListEndpointsByPlatformApplication ListOriginationNumbers ListPhoneNumbersOptedOut ListPlatformApplications ListSMSSandboxPhoneNumbers
  ListSubscriptions ListSubscriptionsByTopic ListTagsForResource ListTopics OptInPhoneNumber Publish PublishBatch PutDataProtectionPolicy
  RemovePermission SetEndpointAttributes SetPlatformApplicationAttributes SetSMSAttributes SetSubscriptionAttributes SetTopicAttributes Subscribe
  TagResource Unsubscribe UntagResource VerifySMSSandboxPhoneNumber`;
