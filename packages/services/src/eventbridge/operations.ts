import type { AnyOperation } from "@hearth/wire";
import type { EventBridgeDeps } from "./deps.ts";
import { createEventBus } from "./operations/createEventBus.ts";
import { deleteEventBus } from "./operations/deleteEventBus.ts";
import { deleteRule } from "./operations/deleteRule.ts";
import { describeEventBus } from "./operations/describeEventBus.ts";
import { describeRule } from "./operations/describeRule.ts";
import { disableRule } from "./operations/disableRule.ts";
import { enableRule } from "./operations/enableRule.ts";
import { listEventBuses } from "./operations/listEventBuses.ts";
import { listRuleNamesByTarget } from "./operations/listRuleNamesByTarget.ts";
import { listRules } from "./operations/listRules.ts";
import { listTagsForResource } from "./operations/listTagsForResource.ts";
import { listTargetsByRule } from "./operations/listTargetsByRule.ts";
import { putEvents } from "./operations/putEvents.ts";
import { putPermission } from "./operations/putPermission.ts";
import { putRule } from "./operations/putRule.ts";
import { putTargets } from "./operations/putTargets.ts";
import { removePermission } from "./operations/removePermission.ts";
import { removeTargets } from "./operations/removeTargets.ts";
import { tagResource } from "./operations/tagResource.ts";
import { testEventPattern } from "./operations/testEventPattern.ts";
import { untagResource } from "./operations/untagResource.ts";
import { updateEventBus } from "./operations/updateEventBus.ts";

/** The operations of EventBridge that Hearth has. */
export const operations: readonly AnyOperation<EventBridgeDeps>[] = [
  createEventBus,
  deleteEventBus,
  deleteRule,
  describeEventBus,
  describeRule,
  disableRule,
  enableRule,
  listEventBuses,
  listRuleNamesByTarget,
  listRules,
  listTagsForResource,
  listTargetsByRule,
  putEvents,
  putPermission,
  putRule,
  putTargets,
  removePermission,
  removeTargets,
  tagResource,
  testEventPattern,
  untagResource,
  updateEventBus,
];

/** Every operation of EventBridge. */
export const ALL_OPERATIONS = `
  ActivateEventSource CancelReplay CreateApiDestination CreateArchive CreateConnection CreateEndpoint CreateEventBus
  CreatePartnerEventSource DeactivateEventSource DeauthorizeConnection DeleteApiDestination DeleteArchive DeleteConnection DeleteEndpoint
  DeleteEventBus DeletePartnerEventSource DeleteRule DescribeApiDestination DescribeArchive DescribeConnection DescribeEndpoint
  DescribeEventBus DescribeEventSource DescribePartnerEventSource DescribeReplay DescribeRule DisableRule EnableRule ListApiDestinations
  ListArchives ListConnections ListEndpoints ListEventBuses ListEventSources ListPartnerEventSourceAccounts ListPartnerEventSources
  ListReplays ListRuleNamesByTarget ListRules ListTagsForResource ListTargetsByRule PutEvents PutPartnerEvents PutPermission PutRule
  PutTargets RemovePermission RemoveTargets StartReplay TagResource TestEventPattern UntagResource UpdateApiDestination UpdateArchive
  UpdateConnection UpdateEndpoint UpdateEventBus`;
