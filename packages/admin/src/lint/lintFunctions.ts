import { FunctionName, ResourceNotFoundException, structure, ValidationException } from "@hearth/model";
import type { EventSourceMapping, FunctionRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { AdminDeps } from "../deps.ts";
import { type Finding, findingsOf } from "./findingsOf.ts";

const PAGE = 100;
const DEFAULT_CONCURRENCY = 1_000;

type Deps = Pick<
  AdminDeps,
  "functions" | "eventSourceMappings" | "eventInvokeConfigs" | "concurrency" | "roles" | "facts"
>;

/** What would not run the same on AWS: of one function, or page by page of all functions of the account and region. */
export const lintFunctions = operation({
  name: "LintFunctions",
  http: ["GET", "/_hearth/lint", 200],
  query: { function: "function", marker: "marker" },
  input: structure({ function: FunctionName.optional(), marker: z.string().max(2_048).optional() }),
  errors: [ValidationException, ResourceNotFoundException],
  async handle({ function: name, marker }, { accountId, region }, deps: Deps) {
    const where = { accountId, region };
    const page =
      name === undefined
        ? await deps.functions.list(where, { MaxItems: PAGE, ...(marker !== undefined && { Marker: marker }) })
        : { items: [await deps.functions.get({ ...where, FunctionName: name })], NextMarker: undefined };
    const findings: Finding[] = marker === undefined ? settingsOf(deps) : [];
    const mappings = await all((one) => deps.eventSourceMappings.list(where, one, {}));
    for (const record of page.items) {
      const own = mappings.filter(({ FunctionName: target }) => target === record.FunctionName);
      findings.push(...(await inspect(record, own, deps)));
    }
    return { findings, ...(page.NextMarker !== undefined && { marker: page.NextMarker }) };
  },
});

async function inspect(
  record: FunctionRecord,
  mappings: readonly EventSourceMapping[],
  deps: Deps,
): Promise<readonly Finding[]> {
  const { accountId, region, FunctionName: name, settings } = record;
  const key = { accountId, region, FunctionName: name };
  const [eventInvokeConfigs, reservedConcurrency, role] = await Promise.all([
    all((page) => deps.eventInvokeConfigs.list(key, page)),
    deps.concurrency.get(key),
    deps.roles.find({ accountId, RoleName: settings.Role.split("/").at(-1) ?? "" }),
  ]);
  const inspected = { record, mappings, eventInvokeConfigs, reservedConcurrency, hasRole: role !== undefined };
  return findingsOf(inspected).map((finding) => ({ function: name, ...finding }));
}

/** What the settings of this Hearth make different for every function. */
function settingsOf({ facts }: Pick<Deps, "facts">): Finding[] {
  const findings: Finding[] = [];
  if (facts.concurrency > DEFAULT_CONCURRENCY) {
    const reason = `Accounts may run ${facts.concurrency} invocations at a time; AWS allows ${DEFAULT_CONCURRENCY} by default.`;
    findings.push({ subject: "HEARTH_CONCURRENCY", reason });
  }
  if (facts.isEgressUnfiltered) {
    const reason = "Functions may reach this host and private networks, which they do not on AWS.";
    findings.push({ subject: "HEARTH_EGRESS_UNFILTERED", reason });
  }
  return findings;
}

async function all<T>(
  read: (page: {
    readonly MaxItems: number;
    readonly Marker?: string;
  }) => Promise<{ readonly items: readonly T[]; readonly NextMarker?: string | undefined }>,
): Promise<readonly T[]> {
  const found: T[] = [];
  for (let Marker: string | undefined; ;) {
    const page = await read({ MaxItems: PAGE, ...(Marker !== undefined && { Marker }) });
    found.push(...page.items);
    Marker = page.NextMarker;
    if (Marker === undefined) return found;
  }
}
