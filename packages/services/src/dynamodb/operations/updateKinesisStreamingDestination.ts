import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { DynamoDeps } from "../deps.ts";
import { ResourceInUseException, ResourceNotFoundException } from "../errors.ts";
import { changeDestinations, DestinationInput, DestinationOutput, Precision } from "../kinesisDestination.ts";

const { TableName: Name, StreamArn: Arn } = DestinationInput;

export const updateKinesisStreamingDestination = operation({
  name: "UpdateKinesisStreamingDestination",
  input: structure({
    TableName: Name,
    StreamArn: Arn,
    UpdateKinesisStreamingConfiguration: structure({
      ApproximateCreationDateTimePrecision: Precision.optional(),
    }).optional(),
  }),
  output: DestinationOutput,
  errors: [ResourceInUseException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<DynamoDeps, "tables">) {
    const { TableName, StreamArn, UpdateKinesisStreamingConfiguration: settings } = input;
    const precision = settings?.ApproximateCreationDateTimePrecision ?? "MILLISECOND";
    await changeDestinations(deps, context, TableName, (present) => {
      if (!present.some(({ arn }) => arn === StreamArn)) {
        throw new ResourceNotFoundException(
          `Requested resource not found: Stream ARN: ${StreamArn} is no destination of the table`,
        );
      }
      return present.map((one) => (one.arn === StreamArn ? { arn: StreamArn, precision } : one));
    });
    return { TableName, StreamArn, DestinationStatus: "UPDATING" };
  },
});
