import type { House, Resources } from "@hearth/access";
import { SecretStore } from "@hearth/store";
import { secretArn, secretKey } from "./secretArn.ts";

/** The policies and tags of secrets. */
export function secretResources({ database }: House): Resources {
  const secrets = new SecretStore(database);
  const find = async (arn: string) => {
    const key = secretKey({ accountId: "", region: "" }, arn);
    return secretArn(key) === arn ? await secrets.find(key) : undefined;
  };
  return {
    async policiesAbout(arn) {
      const policy = (await find(arn))?.policy;
      return policy ? [JSON.parse(policy) as object] : [];
    },
    tagsOf: async (arn) => (await find(arn))?.tags,
  };
}
