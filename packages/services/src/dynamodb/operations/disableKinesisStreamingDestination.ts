import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { DynamoDeps } from "../deps.ts";
import { ResourceInUseException, ResourceNotFoundException } from "../errors.ts";
import { changeDestinations, DestinationInput, DestinationOutput } from "../kinesisDestination.ts";

export const disableKinesisStreamingDestination = operation({
  name: "DisableKinesisStreamingDestination",
  input: structure(DestinationInput),
  output: DestinationOutput,
  errors: [ResourceInUseException, ResourceNotFoundException],
  async handle({ TableName, StreamArn }, context, deps: Pick<DynamoDeps, "tables">) {
    await changeDestinations(deps, context, TableName, (present) => {
      const left = present.filter(({ arn }) => arn !== StreamArn);
      if (left.length === present.length) {
        throw new ResourceNotFoundException(
          `Requested resource not found: Stream ARN: ${StreamArn} is no destination of the table`,
        );
      }
      return left;
    });
    return { TableName, StreamArn, DestinationStatus: "DISABLING" };
  },
});
