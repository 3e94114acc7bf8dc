import type { AnyOperation } from "@hearth/wire";
import type { EventBridgeDeps } from "./deps.ts";
import { cancelReplay } from "./operations/cancelReplay.ts";
import { createApiDestination } from "./operations/createApiDestination.ts";
import { createArchive } from "./operations/createArchive.ts";
import { createConnection } from "./operations/createConnection.ts";
import { createEventBus } from "./operations/createEventBus.ts";
import { deauthorizeConnection } from "./operations/deauthorizeConnection.ts";
import { deleteApiDestination } from "./operations/deleteApiDestination.ts";
import { deleteArchive } from "./operations/deleteArchive.ts";
import { deleteConnection } from "./operations/deleteConnection.ts";
import { deleteEventBus } from "./operations/deleteEventBus.ts";
import { deleteRule } from "./operations/deleteRule.ts";
import { describeApiDestination } from "./operations/describeApiDestination.ts";
import { describeArchive } from "./operations/describeArchive.ts";
import { describeConnection } from "./operations/describeConnection.ts";
import { describeEventBus } from "./operations/describeEventBus.ts";
import { describeReplay } from "./operations/describeReplay.ts";
import { describeRule } from "./operations/describeRule.ts";
import { disableRule } from "./operations/disableRule.ts";
import { enableRule } from "./operations/enableRule.ts";
import { listApiDestinations } from "./operations/listApiDestinations.ts";
import { listArchives } from "./operations/listArchives.ts";
import { listConnections } from "./operations/listConnections.ts";
import { listEventBuses } from "./operations/listEventBuses.ts";
import { listReplays } from "./operations/listReplays.ts";
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
import { startReplay } from "./operations/startReplay.ts";
import { tagResource } from "./operations/tagResource.ts";
import { testEventPattern } from "./operations/testEventPattern.ts";
import { untagResource } from "./operations/untagResource.ts";
import { updateApiDestination } from "./operations/updateApiDestination.ts";
import { updateArchive } from "./operations/updateArchive.ts";
import { updateConnection } from "./operations/updateConnection.ts";
import { updateEventBus } from "./operations/updateEventBus.ts";

/** The operations of EventBridge that Hearth has. */
export const operations: readonly AnyOperation<EventBridgeDeps>[] = [
  cancelReplay,
  createApiDestination,
  createArchive,
  createConnection,
  createEventBus,
  deauthorizeConnection,
  deleteApiDestination,
  deleteArchive,
  deleteConnection,
  deleteEventBus,
  deleteRule,
  describeApiDestination,
  describeArchive,
  describeConnection,
  describeEventBus,
  describeReplay,
  describeRule,
  disableRule,
  enableRule,
  listApiDestinations,
  listArchives,
  listConnections,
  listEventBuses,
  listReplays,
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
  startReplay,
  tagResource,
  testEventPattern,
  untagResource,
  updateApiDestination,
  updateArchive,
  updateConnection,
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
