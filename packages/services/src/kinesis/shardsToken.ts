import { decodeCursor } from "@hearth/model";

/** The ARN of the stream, the number of the last shard, when the token was made and the filter as JSON; `undefined` for no NextToken of ListShards. */
export function decodeShardsToken(token: string) {
  return decodeCursor(token, ["string", "number", "number", "string"]);
}
