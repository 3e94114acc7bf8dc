import type { Streams } from "@hearth/streams";
import { DeliveryRefused } from "./deliveryRefused.ts";
import type { TargetKind } from "./targetKind.ts";

export interface StreamTargetDeps {
  readonly streams: Pick<Streams, "findByArn" | "putWithin">;
}

/** A message to a stream becomes a record of it. `parameters.partitionKey` is its partition key; without it, the id of the message is. */
export function streamTarget({ streams }: StreamTargetDeps): TargetKind {
  return {
    name: "stream",
    service: "kinesis",
    async open({ id, TargetArn, body, parameters }) {
      const stream = await streams.findByArn(TargetArn);
      if (!stream) throw new DeliveryRefused(`there is no stream ${TargetArn}`, "NO_RESOURCE");
      if (body.byteLength > stream.maxRecordKib * 1024) {
        throw new DeliveryRefused(
          `the message has ${body.byteLength} bytes, and records of ${TargetArn} have at most ${stream.maxRecordKib * 1024}`,
          "INVALID_PARAMETER",
        );
      }
      const given = parameters?.["partitionKey"];
      const partitionKey = typeof given === "string" && given !== "" ? given.slice(0, MAX_KEY_CHARACTERS) : id;
      return async (tx) => await streams.putWithin(tx, stream, [{ partitionKey, data: body }]);
    },
  };
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html */
const MAX_KEY_CHARACTERS = 256;
