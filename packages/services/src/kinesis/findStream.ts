import { ValidationException } from "@hearth/model";
import { parseStreamArn, type Stream } from "@hearth/streams";
import type { KinesisStreamKey } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";
import type { KinesisDeps } from "./deps.ts";
import { ResourceNotFoundException } from "./errors.ts";

export interface StreamInput {
  readonly StreamName?: string | undefined;
  readonly StreamARN?: string | undefined;
}

type Where = Pick<RequestContext, "accountId" | "region">;

/** The stream that a request names. */
export function streamKey(where: Where, { StreamName, StreamARN }: StreamInput): KinesisStreamKey {
  if (StreamARN !== undefined) {
    const key = parseStreamArn(StreamARN);
    if (!key) throw new ValidationException(`${StreamARN} is not the ARN of a stream`);
    if (StreamName !== undefined && StreamName !== key.StreamName) {
      throw new ValidationException(`StreamName ${StreamName} and StreamARN ${StreamARN} name two streams`);
    }
    if (key.region !== where.region || key.accountId !== where.accountId) throw streamNotFound(key);
    return key;
  }
  if (StreamName === undefined) throw new ValidationException("Either StreamName or StreamARN must be specified.");
  return { accountId: where.accountId, region: where.region, StreamName };
}

/** Throws AWS's error when there is no such stream. */
export async function findStream(
  { streams }: Pick<KinesisDeps, "streams">,
  where: Where,
  input: StreamInput,
): Promise<Stream> {
  const key = streamKey(where, input);
  const stream = await streams.find(key);
  if (!stream) throw streamNotFound(key);
  return stream;
}

export function streamNotFound({ StreamName, accountId }: KinesisStreamKey): ResourceNotFoundException {
  return new ResourceNotFoundException(`Stream ${StreamName} under account ${accountId} not found.`);
}
