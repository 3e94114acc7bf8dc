/** What decides about the kind of a target: first the most specific key. `events/api-destination` and `events` for an ARN, `https` for a URL. */
export function targetKeys(TargetArn: string): readonly string[] {
  if (!TargetArn.startsWith("arn:")) return [TargetArn.slice(0, Math.max(0, TargetArn.indexOf(":")))];
  const [, , service = "", , , resource = ""] = TargetArn.split(":");
  const [type = ""] = resource.split("/");
  return [`${service}/${type}`, service];
}
