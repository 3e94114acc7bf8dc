import type { Resources } from "@hearth/access";
import type { Clock } from "@hearth/kit";
import { type Database, LogResourcePolicyStore } from "@hearth/store";

/** Another process may have changed a policy this long ago. */
const KEPT_MS = 2_000;
const MAX_KEPT = 1_000;
const MAX_POLICIES = 50;

/** The resource policies of accounts, which let services and other accounts use their log groups. */
export function logResources({ database, clock }: { readonly database: Database; readonly clock: Clock }): Resources {
  const store = new LogResourcePolicyStore(database);
  const kept = new Map<string, { readonly atMs: number; readonly documents: Promise<readonly object[]> }>();
  return {
    policiesAbout(arn) {
      const [, , service, region = "", accountId = ""] = arn.split(":");
      if (service !== "logs" || accountId === "") return NONE;
      const key = `${accountId} ${region}`;
      const nowMs = clock.monotonicMs();
      const known = kept.get(key);
      if (known && nowMs - known.atMs < KEPT_MS) return known.documents;
      if (kept.size >= MAX_KEPT) kept.clear();
      const documents = store
        .list({ accountId, region }, { after: "", limit: MAX_POLICIES })
        .then((policies) => policies.map(({ policyDocument }) => JSON.parse(policyDocument) as object));
      documents.catch(() => kept.delete(key));
      kept.set(key, { atMs: nowMs, documents });
      return documents;
    },
    tagsOf: async () => await Promise.resolve(undefined),
  };
}

const NONE: readonly object[] = [];
