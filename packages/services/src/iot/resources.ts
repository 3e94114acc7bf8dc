import type { House, Resources } from "@hearth/access";
import { parseIotArn } from "@hearth/iot";
import { IotPolicyStore, IotRuleStore } from "@hearth/store";

/** The tags of topic rules and policies. Nothing of IoT has a resource policy. */
export function iotResources({ database }: House): Resources {
  const rules = new IotRuleStore(database);
  const policies = new IotPolicyStore(database);
  return {
    policiesAbout: () => [],
    async tagsOf(arn) {
      const rule = parseIotArn(arn, "rule");
      if (rule) return (await rules.find({ ...rule, ruleName: rule.name }))?.tags;
      const policy = parseIotArn(arn, "policy");
      return policy && (await policies.find({ ...policy, policyName: policy.name }))?.tags;
    },
  };
}
