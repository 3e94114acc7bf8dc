import { structure, text, ValidationException } from "@hearth/model";
import type { TableDefinition } from "@hearth/tables";
import type { RequestContext } from "@hearth/wire";
import { z } from "zod";
import type { DynamoDeps } from "./deps.ts";
import { ResourceNotFoundException } from "./errors.ts";
import { tableKey } from "./findTable.ts";
import * as words from "./words.ts";

const MAX_DESTINATIONS = 2;

export const Precision = z.enum(["MILLISECOND", "MICROSECOND"]);

export const DestinationInput = {
  TableName: words.TableName,
  StreamArn: text({ min: 37, max: 1024 }),
  EnableKinesisStreamingConfiguration: structure({
    ApproximateCreationDateTimePrecision: Precision.optional(),
  }).optional(),
};

export const DestinationOutput = structure({
  TableName: z.string(),
  StreamArn: z.string(),
  DestinationStatus: z.string(),
});

type Destinations = NonNullable<TableDefinition["kinesis"]>;

/** Changes the streams of Kinesis that get a table's changes. */
export async function changeDestinations(
  { tables }: Pick<DynamoDeps, "tables">,
  context: Pick<RequestContext, "accountId" | "region">,
  TableName: string,
  change: (present: Destinations) => Destinations,
): Promise<void> {
  const key = tableKey(context, TableName);
  const changed = await tables.store.change(key, ({ definition }) => {
    const kinesis = change(definition.kinesis ?? []);
    if (kinesis.length > MAX_DESTINATIONS) {
      throw new ValidationException(`A table can have at most ${MAX_DESTINATIONS} Kinesis streams as destinations`);
    }
    return { definition: { ...definition, kinesis } };
  });
  tables.directory.forget(key);
  if (!changed) throw new ResourceNotFoundException();
}
