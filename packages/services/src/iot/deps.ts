import type { House } from "@hearth/access";
import type { Clock } from "@hearth/kit";
import { IotCertificateStore, IotPolicyStore, IotRuleStore } from "@hearth/store";
import type { IotHouse } from "../iotHouse.ts";

export interface IotDeps {
  readonly rules: IotRuleStore;
  readonly certificates: IotCertificateStore;
  readonly policies: IotPolicyStore;
  readonly topicRules: IotHouse["topicRules"];
  readonly identities: House["identities"];
  readonly clock: Clock;
  readonly disk: House["disk"];
}

export function openIotDeps({ database, topicRules, identities, clock, disk }: IotHouse): IotDeps {
  return {
    rules: new IotRuleStore(database),
    certificates: new IotCertificateStore(database),
    policies: new IotPolicyStore(database),
    topicRules,
    identities,
    clock,
    disk,
  };
}
