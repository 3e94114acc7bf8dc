import type { AnyOperation } from "@hearth/wire";
import { batchGetItem } from "../operations/batchGetItem.ts";
import { batchWriteItem } from "../operations/batchWriteItem.ts";
import { deleteItem } from "../operations/deleteItem.ts";
import { deleteResourcePolicy } from "../operations/deleteResourcePolicy.ts";
import { describeContinuousBackups } from "../operations/describeContinuousBackups.ts";
import { describeEndpoints } from "../operations/describeEndpoints.ts";
import { describeKinesisStreamingDestination } from "../operations/describeKinesisStreamingDestination.ts";
import { describeLimits } from "../operations/describeLimits.ts";
import { describeTimeToLive } from "../operations/describeTimeToLive.ts";
import { disableKinesisStreamingDestination } from "../operations/disableKinesisStreamingDestination.ts";
import { enableKinesisStreamingDestination } from "../operations/enableKinesisStreamingDestination.ts";
import { getItem } from "../operations/getItem.ts";
import { getResourcePolicy } from "../operations/getResourcePolicy.ts";
import { listTagsOfResource } from "../operations/listTagsOfResource.ts";
import { putItem } from "../operations/putItem.ts";
import { putResourcePolicy } from "../operations/putResourcePolicy.ts";
import { query } from "../operations/query.ts";
import { scan } from "../operations/scan.ts";
import { tagResource } from "../operations/tagResource.ts";
import { transactGetItems } from "../operations/transactGetItems.ts";
import { transactWriteItems } from "../operations/transactWriteItems.ts";
import { untagResource } from "../operations/untagResource.ts";
import { updateItem } from "../operations/updateItem.ts";
import { updateKinesisStreamingDestination } from "../operations/updateKinesisStreamingDestination.ts";
import { updateTable } from "../operations/updateTable.ts";
import { updateTimeToLive } from "../operations/updateTimeToLive.ts";
import type { PassedDeps } from "./passedDeps.ts";
import { passedBatch, passedOn, passedTransaction } from "./passedItems.ts";
import { describePassedStream, getPassedRecords, getPassedShardIterator, listPassedStreams } from "./passedStreams.ts";
import {
  createPassedTable,
  deletePassedTable,
  describePassedTable,
  listPassedTables,
  onlyHosted,
} from "./passedTableOperations.ts";

/** The same operations as those of hosted tables, where the tables lie on the server that HEARTH_DYNAMODB_ENDPOINT names. */
export const passedOperations: readonly AnyOperation<PassedDeps>[] = [
  ...[deleteItem, describeTimeToLive, getItem, putItem, query, scan, updateItem, updateTable, updateTimeToLive].map(
    passedOn,
  ),
  ...[batchGetItem, batchWriteItem].map(passedBatch),
  passedTransaction(transactGetItems, "reads"),
  passedTransaction(transactWriteItems, "writes"),
  createPassedTable,
  deletePassedTable,
  describePassedTable,
  listPassedTables,
  describePassedStream,
  getPassedRecords,
  getPassedShardIterator,
  listPassedStreams,
  // Tags and policies are Hearth's own, whoever has the items.
  ...[deleteResourcePolicy, getResourcePolicy, listTagsOfResource, putResourcePolicy, tagResource, untagResource],
  ...[describeContinuousBackups, describeEndpoints, describeLimits],
  ...[describeKinesisStreamingDestination, disableKinesisStreamingDestination].map(onlyHosted),
  ...[enableKinesisStreamingDestination, updateKinesisStreamingDestination].map(onlyHosted),
];
