import type { Resources } from "@hearth/access";
import { type BusDirectory, parseBusArn, parseRuleArn } from "@hearth/buses";
import { type Database, EventRuleStore } from "@hearth/store";

/** The policies of buses, which hold for their rules too, and the tags of buses and rules. */
export function eventBridgeResources(directory: Pick<BusDirectory, "find">, database: Database): Resources {
  const rules = new EventRuleStore(database);
  return {
    async policiesAbout(arn) {
      const key = parseBusArn(arn) ?? parseRuleArn(arn);
      const policy = key && (await directory.find(key))?.record?.policy;
      return policy ? [policy] : NONE;
    },
    async tagsOf(arn) {
      const rule = parseRuleArn(arn);
      if (rule) return (await rules.find(rule))?.tags;
      const bus = parseBusArn(arn);
      return bus && (await directory.find(bus))?.record?.tags;
    },
  };
}

const NONE: readonly object[] = [];
