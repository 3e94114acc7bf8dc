import { bool, structure, structures, ValidationException } from "@hearth/model";
import { type IndexDefinition, type Table, tableArn, type TableDefinition, type Throughput } from "@hearth/tables";
import { operation } from "@hearth/wire";
import type { DynamoDeps } from "../deps.ts";
import { LimitExceededException, ResourceInUseException, ResourceNotFoundException } from "../errors.ts";
import { tableKey, tableNotFound } from "../findTable.ts";
import { createStream, endStream, newStream } from "../streamsOfTables.ts";
import { tableAnswer, TableDescription } from "../tableAnswer.ts";
import {
  attributesOfInput,
  checkThroughput,
  indexDefinition,
  MAX_GLOBAL_INDEXES,
  NO_THROUGHPUT,
} from "../tableDefinition.ts";
import * as words from "../words.ts";
import { encryptionOf } from "./createTable.ts";

const IndexUpdates = structures(
  structure({
    Create: words.GlobalIndex.optional(),
    Update: structure({
      IndexName: words.IndexName,
      ProvisionedThroughput: words.Throughput.optional(),
      OnDemandThroughput: words.OnDemandThroughput.optional(),
    }).optional(),
    Delete: structure({ IndexName: words.IndexName }).optional(),
  }),
);

export const updateTable = operation({
  name: "UpdateTable",
  input: structure({
    TableName: words.TableName,
    AttributeDefinitions: words.AttributeDefinitions.optional(),
    BillingMode: words.BillingMode.optional(),
    ProvisionedThroughput: words.Throughput.optional(),
    GlobalSecondaryIndexUpdates: IndexUpdates.optional(),
    StreamSpecification: words.StreamSpecification.optional(),
    SSESpecification: words.Encryption.optional(),
    TableClass: words.TableClass.optional(),
    DeletionProtectionEnabled: bool().optional(),
    OnDemandThroughput: words.OnDemandThroughput.optional(),
  }),
  output: structure({ TableDescription }),
  errors: [LimitExceededException, ResourceInUseException, ResourceNotFoundException],
  async handle(input, context, { tables, streams, clock }: DynamoDeps) {
    const key = tableKey(context, input.TableName);
    refuseNothing(input);
    const stream = newStream(input.StreamSpecification, clock);
    const present = stream && (await tables.store.find(key));
    if (present) await createStream(streams, key, stream.label, { view: stream.view, key: present.definition.key });
    const newIds = await Promise.all(
      (input.GlobalSecondaryIndexUpdates ?? []).map(async ({ Create }) =>
        Create ? await tables.store.newIndexId() : "",
      ),
    );
    const changed = await tables.store.change(key, ({ definition }) => {
      refuseSameThroughput(definition, input);
      const billing = input.BillingMode ?? definition.billing;
      if (input.BillingMode !== undefined || input.ProvisionedThroughput) {
        const wasProvisioned = definition.billing === "PROVISIONED" && billing === "PROVISIONED";
        if (!wasProvisioned || input.ProvisionedThroughput) checkThroughput(billing, input.ProvisionedThroughput);
      }
      const attributes = merged(definition, input.AttributeDefinitions);
      const indexes = changedIndexes(definition, input.GlobalSecondaryIndexUpdates ?? [], {
        attributes,
        newIds,
        billing,
        now: clock.now(),
      });
      const used = new Set(
        [definition, ...indexes].flatMap((one) =>
          one.key.range ? [one.key.hash.name, one.key.range.name] : [one.key.hash.name],
        ),
      );
      return {
        definition: {
          ...definition,
          attributes: attributes.filter(({ name }) => used.has(name)),
          indexes,
          billing,
          throughput:
            billing === "PROVISIONED" ? (input.ProvisionedThroughput ?? definition.throughput) : NO_THROUGHPUT,
          ...streamChange(definition, input.StreamSpecification, stream),
          ...(input.TableClass && { tableClass: input.TableClass }),
          ...(input.SSESpecification && {
            encryption: input.SSESpecification.Enabled ? encryptionOf(input.SSESpecification) : undefined,
          }),
          ...(input.DeletionProtectionEnabled !== undefined && {
            isDeletionProtected: input.DeletionProtectionEnabled,
          }),
          ...(input.OnDemandThroughput && { onDemandThroughput: input.OnDemandThroughput }),
        } as TableDefinition,
      };
    });
    tables.directory.forget(key);
    if (!changed) throw tableNotFound(key);
    const { stream: last } = changed.definition;
    if (input.StreamSpecification && last?.isEnabled === false) await endStream(streams, key, last.label);
    const table: Table = { ...changed, arn: tableArn(key) };
    return { TableDescription: tableAnswer(table, await tables.usage.of(table.id), "UPDATING") };
  },
});

/** Throws AWS's error for a request that names nothing to change. */
function refuseNothing({ TableName: _TableName, AttributeDefinitions: _attributes, ...changes }: object & Named): void {
  if (Object.values(changes).some((change) => change !== undefined)) return;
  throw new ValidationException(
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required",
  );
}

interface Named {
  readonly TableName?: unknown;
  readonly AttributeDefinitions?: unknown;
}

/** Throws AWS's error for throughput that the table has already, where the request has nothing else to change. */
function refuseSameThroughput(
  { billing, throughput: present }: TableDefinition,
  input: Named & { readonly BillingMode?: unknown; readonly ProvisionedThroughput?: Throughput | undefined },
): void {
  const { TableName: _TableName, AttributeDefinitions: _attributes, ProvisionedThroughput: asked, ...others } = input;
  const { ReadCapacityUnits, WriteCapacityUnits } = present;
  const isSame = asked?.ReadCapacityUnits === ReadCapacityUnits && asked.WriteCapacityUnits === WriteCapacityUnits;
  if (billing !== "PROVISIONED" || !isSame || Object.values(others).some((change) => change !== undefined)) return;
  throw new ValidationException(
    `The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: ${ReadCapacityUnits}. Requested ReadCapacityUnits: ${ReadCapacityUnits}. Current WriteCapacityUnits provisioned for the table: ${WriteCapacityUnits}. Requested WriteCapacityUnits: ${WriteCapacityUnits}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`,
  );
}

type Updates = readonly {
  readonly Create?: Parameters<typeof indexDefinition>[0] | undefined;
  readonly Update?:
    | {
        readonly IndexName: string;
        readonly ProvisionedThroughput?: IndexDefinition["throughput"] | undefined;
        readonly OnDemandThroughput?: object | undefined;
      }
    | undefined;
  readonly Delete?: { readonly IndexName: string } | undefined;
}[];

function merged(definition: TableDefinition, given: Parameters<typeof attributesOfInput>[0] = []) {
  const added = attributesOfInput(given);
  const names = new Set(added.map(({ name }) => name));
  return [...definition.attributes.filter(({ name }) => !names.has(name)), ...added];
}

interface IndexContext {
  readonly attributes: TableDefinition["attributes"];
  readonly newIds: readonly string[];
  readonly billing: string;
  readonly now: number;
}

function changedIndexes(
  definition: TableDefinition,
  updates: Updates,
  { attributes, newIds, billing, now }: IndexContext,
): readonly IndexDefinition[] {
  let indexes = definition.indexes;
  const find = (name: string): IndexDefinition => {
    const index = indexes.find((one) => one.isGlobal && one.name === name);
    if (!index) throw new ResourceNotFoundException(`Requested resource not found: Index: ${name} not found`);
    return index;
  };
  for (const [at, { Create, Update, Delete }] of updates.entries()) {
    if ([Create, Update, Delete].filter((action) => action !== undefined).length !== 1) {
      throw new ValidationException(
        "One or more parameter values were invalid: One of GlobalSecondaryIndexUpdate's Create, Update or Delete must be given",
      );
    }
    if (Create) {
      if (indexes.some(({ name }) => name === Create.IndexName)) {
        throw new ValidationException(
          `One or more parameter values were invalid: Duplicate index name: ${Create.IndexName}`,
        );
      }
      if (indexes.filter(({ isGlobal }) => isGlobal).length >= MAX_GLOBAL_INDEXES) {
        throw new LimitExceededException(
          `GlobalSecondaryIndex count exceeds the per-table limit of ${MAX_GLOBAL_INDEXES}`,
        );
      }
      if (indexes.some(({ status }) => status === "CREATING")) {
        throw new LimitExceededException(
          "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
        );
      }
      checkThroughput(billing, Create.ProvisionedThroughput, ` for index: ${Create.IndexName}`);
      const rest = { id: newIds[at] ?? "", isGlobal: true, status: "CREATING", createdAt: now } as const;
      indexes = [...indexes, indexDefinition(Create, attributes, rest)];
    }
    if (Delete) {
      const gone = find(Delete.IndexName);
      indexes = indexes.filter((one) => one !== gone);
    }
    if (Update) {
      const old = find(Update.IndexName);
      const { ProvisionedThroughput: throughput, OnDemandThroughput: onDemandThroughput } = Update;
      const change = { ...(throughput && { throughput }), ...(onDemandThroughput && { onDemandThroughput }) };
      indexes = indexes.map((one) => (one === old ? { ...one, ...change } : one));
    }
  }
  return indexes;
}

function streamChange(
  { stream: present }: TableDefinition,
  specification: { readonly StreamEnabled: boolean } | undefined,
  stream: TableDefinition["stream"],
): Pick<TableDefinition, "stream"> | undefined {
  if (!specification) return undefined;
  if (stream) {
    if (present?.isEnabled)
      throw new ValidationException(
        "Table already has an enabled stream: the stream must be disabled before its view can change",
      );
    return { stream };
  }
  if (!present?.isEnabled)
    throw new ValidationException("Table is already in the desired state: it has no enabled stream");
  return { stream: { ...present, isEnabled: false } };
}
