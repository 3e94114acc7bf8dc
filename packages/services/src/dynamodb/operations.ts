import type { AnyOperation } from "@hearth/wire";
import type { DynamoDeps } from "./deps.ts";
import { batchGetItem } from "./operations/batchGetItem.ts";
import { batchWriteItem } from "./operations/batchWriteItem.ts";
import { createTable } from "./operations/createTable.ts";
import { deleteItem } from "./operations/deleteItem.ts";
import { deleteResourcePolicy } from "./operations/deleteResourcePolicy.ts";
import { deleteTable } from "./operations/deleteTable.ts";
import { describeContinuousBackups } from "./operations/describeContinuousBackups.ts";
import { describeEndpoints } from "./operations/describeEndpoints.ts";
import { describeKinesisStreamingDestination } from "./operations/describeKinesisStreamingDestination.ts";
import { describeLimits } from "./operations/describeLimits.ts";
import { describeStream } from "./operations/describeStream.ts";
import { describeTable } from "./operations/describeTable.ts";
import { describeTimeToLive } from "./operations/describeTimeToLive.ts";
import { disableKinesisStreamingDestination } from "./operations/disableKinesisStreamingDestination.ts";
import { enableKinesisStreamingDestination } from "./operations/enableKinesisStreamingDestination.ts";
import { getItem } from "./operations/getItem.ts";
import { getRecords } from "./operations/getRecords.ts";
import { getResourcePolicy } from "./operations/getResourcePolicy.ts";
import { getShardIterator } from "./operations/getShardIterator.ts";
import { listStreams } from "./operations/listStreams.ts";
import { listTables } from "./operations/listTables.ts";
import { listTagsOfResource } from "./operations/listTagsOfResource.ts";
import { putItem } from "./operations/putItem.ts";
import { putResourcePolicy } from "./operations/putResourcePolicy.ts";
import { query } from "./operations/query.ts";
import { scan } from "./operations/scan.ts";
import { tagResource } from "./operations/tagResource.ts";
import { transactGetItems } from "./operations/transactGetItems.ts";
import { transactWriteItems } from "./operations/transactWriteItems.ts";
import { untagResource } from "./operations/untagResource.ts";
import { updateItem } from "./operations/updateItem.ts";
import { updateKinesisStreamingDestination } from "./operations/updateKinesisStreamingDestination.ts";
import { updateTable } from "./operations/updateTable.ts";
import { updateTimeToLive } from "./operations/updateTimeToLive.ts";

/** The operations of DynamoDB and of its streams that Hearth has. */
export const operations: readonly AnyOperation<DynamoDeps>[] = [
  batchGetItem,
  batchWriteItem,
  createTable,
  deleteItem,
  deleteResourcePolicy,
  deleteTable,
  describeContinuousBackups,
  describeEndpoints,
  describeKinesisStreamingDestination,
  describeLimits,
  describeStream,
  describeTable,
  describeTimeToLive,
  disableKinesisStreamingDestination,
  enableKinesisStreamingDestination,
  getItem,
  getRecords,
  getResourcePolicy,
  getShardIterator,
  listStreams,
  listTables,
  listTagsOfResource,
  putItem,
  putResourcePolicy,
  query,
  scan,
  tagResource,
  transactGetItems,
  transactWriteItems,
  untagResource,
  updateItem,
  updateKinesisStreamingDestination,
  updateTable,
  updateTimeToLive,
];

/** Every operation of DynamoDB and of its streams. */
export const ALL_OPERATIONS = `
  BatchExecuteStatement BatchGetItem BatchWriteItem CancelBulkOperation CreateBackup CreateGlobalTable CreateTable DeleteBackup DeleteItem
  DeleteResourcePolicy DeleteTable DescribeBackup DescribeBulkOperation DescribeContinuousBackups DescribeContributorInsights
  DescribeEndpoints DescribeExport DescribeGlobalTable DescribeGlobalTableSettings DescribeImport DescribeKinesisStreamingDestination
  DescribeLimits DescribeStream DescribeTable DescribeTableReplicaAutoScaling DescribeTimeToLive DisableKinesisStreamingDestination
  EnableKinesisStreamingDestination ExecuteStatement ExecuteTransaction ExportTableToPointInTime GetItem GetRecords GetResourcePolicy
  GetShardIterator ImportTable ListBackups ListBulkOperations ListContributorInsights ListExports ListGlobalTables ListImports ListStreams
  ListTables ListTagsOfResource PutItem PutResourcePolicy Query RestoreTableFromBackup RestoreTableToPointInTime Scan SearchVectors
  StartBulkPutItems TagResource TransactGetItems TransactWriteItems UntagResource UpdateContinuousBackups UpdateContributorInsights
  UpdateGlobalTable UpdateGlobalTableSettings UpdateItem UpdateKinesisStreamingDestination UpdateTable UpdateTableReplicaAutoScaling
  UpdateTimeToLive`;
