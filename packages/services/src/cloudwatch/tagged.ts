import type { AccountRegion } from "@hearth/model";
import type { CloudWatchDeps } from "./deps.ts";
import { ResourceNotFoundException } from "./errors.ts";
import { resourceOf } from "./resourceArn.ts";
import type { Tags } from "./tagging.ts";

export type TaggedDeps = Pick<CloudWatchDeps, "alarms" | "dashboards">;

/** Changes the tags of an alarm or a dashboard, and resolves with them. */
export async function changeTags(
  { alarms, dashboards }: TaggedDeps,
  { accountId, region }: AccountRegion,
  resourceArn: string,
  change: (tags: Tags) => Tags,
): Promise<Tags> {
  const where = { accountId, region };
  const resource = resourceOf(where, resourceArn);
  const tags =
    resource?.kind === "alarm"
      ? await alarms.changeTags({ ...where, AlarmName: resource.name }, change)
      : resource && (await dashboards.changeTags(where, resource.name, change));
  if (!tags) throw new ResourceNotFoundException(`The resource ${resourceArn} does not exist.`);
  return tags;
}
