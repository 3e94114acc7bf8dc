/** A filter policy is not valid. The message is AWS's reason, without what it puts in front. */
export class FilterPolicyError extends Error {
  override readonly name = "FilterPolicyError";
}
