import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findTable } from "../findTable.ts";
import * as words from "../words.ts";

export const describeKinesisStreamingDestination = operation({
  name: "DescribeKinesisStreamingDestination",
  input: structure({ TableName: words.TableName }),
  output: structure({
    TableName: z.string(),
    KinesisDataStreamDestinations: z.array(
      structure({
        StreamArn: z.string(),
        DestinationStatus: z.string(),
        ApproximateCreationDateTimePrecision: z.string(),
      }),
    ),
  }),
  errors: [ResourceNotFoundException],
  async handle(input, context, { tables }: Pick<DynamoDeps, "tables">) {
    const { TableName, definition } = await findTable({ tables }, context, input.TableName);
    return {
      TableName,
      KinesisDataStreamDestinations: (definition.kinesis ?? []).map(({ arn, precision }) => ({
        StreamArn: arn,
        DestinationStatus: "ACTIVE",
        ApproximateCreationDateTimePrecision: precision,
      })),
    };
  },
});
