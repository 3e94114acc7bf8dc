import type { ApiPart, Transaction } from "@hearth/store";
import type { ApiGatewayDeps } from "./deps.ts";
import { BadRequestException } from "./errors.ts";

/** Processes that serve an API have all of it in memory, once for each of its stages. Definitions that are imported have 6 MB at most. */
const MAX_API_BYTES = 12 * 1024 * 1024;
/** Smaller parts are bounded by their number. */
const SMALL_BYTES = 8 * 1024;

/** Creates a part of an API or replaces its settings. Throws BadRequestException where the API becomes too large. */
export async function putPart(
  { parts }: Pick<ApiGatewayDeps, "parts">,
  tx: Transaction,
  key: Pick<ApiPart, "apiId" | "kind" | "partId">,
  settings: ApiPart["settings"],
): Promise<ApiPart> {
  const part = await parts.put(tx, key, settings);
  if (JSON.stringify(settings).length > SMALL_BYTES && (await parts.bytes(tx, key.apiId)) > MAX_API_BYTES) {
    throw new BadRequestException(
      `The definition of the API is larger than ${MAX_API_BYTES} bytes, which is its limit.`,
    );
  }
  return part;
}
