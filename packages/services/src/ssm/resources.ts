import type { House, Resources } from "@hearth/access";
import { SsmParameterStore } from "@hearth/store";
import { parameterKey } from "./parameterName.ts";

/** The tags of parameters. Policies of parameters are not built. */
export function parameterResources({ database }: House): Resources {
  const parameters = new SsmParameterStore(database);
  return {
    policiesAbout: () => [],
    async tagsOf(arn) {
      const [, , , region = "", accountId = ""] = arn.split(":");
      return await parameters.tags(parameterKey({ accountId, region }, arn));
    },
  };
}
