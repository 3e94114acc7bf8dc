import type { House, Resources } from "@hearth/access";
import { ScheduleGroupStore } from "@hearth/store";
import { groupInArn } from "./scheduleArn.ts";

/** The tags of schedule groups. Nothing here has a policy. */
export function groupResources({ database }: House): Resources {
  const groups = new ScheduleGroupStore(database);
  return {
    policiesAbout: async () => [],
    async tagsOf(arn) {
      const [, , , region = "", accountId = "", resource = ""] = arn.split(":");
      if (!resource.startsWith("schedule-group/")) return undefined;
      return (await groups.find({ accountId, region }, groupInArn({ accountId, region }, arn)))?.tags;
    },
  };
}
