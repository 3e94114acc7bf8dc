import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SecretsDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findSecret } from "../findSecret.ts";
import { secretFacts, stagesByVersion } from "../secretAnswer.ts";
import * as words from "../words.ts";

export const describeSecret = operation({
  name: "DescribeSecret",
  input: structure({ SecretId: words.SecretId }),
  output: words.SecretAnswer,
  errors: [ResourceNotFoundException],
  async handle({ SecretId }, context, deps: Pick<SecretsDeps, "secrets" | "versions" | "clock">) {
    const secret = await findSecret(deps, context, SecretId, true);
    const VersionIdsToStages = stagesByVersion(await deps.versions.list(secret));
    return { ...secretFacts(secret, deps.clock.now()), VersionIdsToStages };
  },
});
