import { structure, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { DynamoDeps } from "../deps.ts";
import { ResourceInUseException, ResourceNotFoundException } from "../errors.ts";
import { changeDestinations, DestinationInput, DestinationOutput } from "../kinesisDestination.ts";

export const enableKinesisStreamingDestination = operation({
  name: "EnableKinesisStreamingDestination",
  input: structure(DestinationInput),
  output: DestinationOutput,
  errors: [ResourceInUseException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<DynamoDeps, "tables" | "streams">) {
    const { TableName, StreamArn, EnableKinesisStreamingConfiguration: settings } = input;
    const stream = await deps.streams.findByArn(StreamArn);
    // A table may write only to streams of its own account: no policy was asked about others.
    if (stream?.accountId !== context.accountId || stream.region !== context.region) {
      throw new ResourceNotFoundException(`Requested resource not found: Stream ARN: ${StreamArn} not found`);
    }
    await changeDestinations(deps, context, TableName, (present) => {
      if (present.some(({ arn }) => arn === StreamArn)) {
        throw new ValidationException(
          "Table is already in the process of enabling or has enabled this Kinesis streaming destination",
        );
      }
      return [
        ...present,
        { arn: StreamArn, precision: settings?.ApproximateCreationDateTimePrecision ?? "MILLISECOND" },
      ];
    });
    return { TableName, StreamArn, DestinationStatus: "ENABLING" };
  },
});
