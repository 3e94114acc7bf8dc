import type { KeyRing } from "@hearth/kit";
import type {
  IndexedAlias,
  IndexedEventInvokeConfig,
  IndexedFunctionUrl,
  LoadedFunction,
} from "../functions/activation.ts";
import { versionName, versionNumber } from "../functions/functionRecord.ts";
import type { FunctionKey } from "../functions/functionRows.ts";
import type { PolicyDocument } from "../resource-policies/policyStatements.ts";
import { type SealedSnapshot, SealedVersion } from "../functions/sealedVersion.ts";
import { sharesOf } from "../functions/provisionedConcurrency.ts";
import type { Queryable } from "../postgres/queryable.ts";
import type { RecursiveLoop } from "../functions/recursionConfigs.ts";

interface LoadedRow {
  readonly lastVersion: bigint;
  readonly ReservedConcurrentExecutions: number | null;
  readonly RecursiveLoop: RecursiveLoop;
  readonly versions: readonly VersionRow[] | null;
  readonly aliases: readonly AliasRow[] | null;
  readonly policies: readonly { readonly qualifier: string; readonly document: PolicyDocument }[] | null;
  readonly provisioned: readonly Parameters<typeof sharesOf>[0][] | null;
  readonly event_invoke_configs: readonly (IndexedEventInvokeConfig & { readonly qualifier: string })[] | null;
  readonly urls: readonly (IndexedFunctionUrl & { readonly urlId: string })[] | null;
}

interface VersionRow {
  readonly number: number;
  readonly State: "Pending" | "Active" | "Inactive" | "Failed";
  readonly snapshot: SealedSnapshot | null;
}

interface AliasRow {
  readonly Name: string;
  readonly number: number;
  readonly second: number | null;
  readonly weight: number | null;
}

/** The rows of `table` that belong to the function `f`. */
const OF_FUNCTION = (table: string): string =>
  `${table}.account_id = f.account_id AND ${table}.region = f.region AND ${table}."FunctionName" = f."FunctionName"`;

/**
 * `$LATEST` (0), the versions that aliases point to, the provisioned versions, and the requested ones ($4). As an array, so that they are looked up
 * one by one.
 */
const VERSIONS = `v.number = ANY (ARRAY(
  SELECT 0::bigint UNION SELECT unnest($4::bigint[])
  UNION SELECT a.number FROM aliases a WHERE ${OF_FUNCTION("a")}
  UNION SELECT a.second_number FROM aliases a WHERE ${OF_FUNCTION("a")} AND a.second_number IS NOT NULL
  UNION SELECT p.number FROM provisioned_concurrency p WHERE ${OF_FUNCTION("p")} AND p.number IS NOT NULL))`;

/** Reads, in one snapshot, the index data of a function. Reads only the relevant versions, however many the function has. */
export async function loadFunction(
  database: Queryable,
  { accountId, region, FunctionName }: FunctionKey,
  versions: readonly string[],
): Promise<LoadedFunction | undefined> {
  const [row] = await database.prepared<LoadedRow>(
    `SELECT f.last_version AS "lastVersion", f."ReservedConcurrentExecutions", f."RecursiveLoop",
            (SELECT json_agg(json_build_object('number', v.number, 'State', v."State", 'snapshot', v.active_snapshot))
               FROM function_versions v WHERE ${OF_FUNCTION("v")} AND ${VERSIONS}) AS versions,
            (SELECT json_agg(json_build_object('Name', a."Name", 'number', a.number, 'second', a.second_number, 'weight', a.second_weight))
               FROM aliases a WHERE ${OF_FUNCTION("a")}) AS aliases,
            (SELECT json_agg(json_build_object('qualifier', r.qualifier, 'document', r.document))
               FROM function_policies r WHERE ${OF_FUNCTION("r")}) AS policies,
            (SELECT json_agg(json_build_object('requested', p.requested, 'number', coalesce(a.number, p.number),
                                               'second_number', a.second_number, 'second_weight', a.second_weight))
               FROM provisioned_concurrency p
               LEFT JOIN aliases a ON a.account_id = p.account_id AND a.region = p.region AND a."FunctionName" = p."FunctionName" AND a."Name" = p.alias
              WHERE ${OF_FUNCTION("p")}) AS provisioned,
            (SELECT json_agg(json_strip_nulls(json_build_object('qualifier', c.qualifier, 'MaximumRetryAttempts', c."MaximumRetryAttempts",
                                                                'MaximumEventAgeInSeconds', c."MaximumEventAgeInSeconds",
                                                                'onSuccess', c.on_success, 'onFailure', c.on_failure)))
               FROM event_invoke_configs c WHERE ${OF_FUNCTION("c")}) AS event_invoke_configs,
            (SELECT json_agg(json_strip_nulls(json_build_object('urlId', u.url_id, 'Qualifier', u.alias, 'AuthType', u."AuthType",
                                                                'InvokeMode', u."InvokeMode", 'Cors', u."Cors")))
               FROM function_urls u WHERE ${OF_FUNCTION("u")}) AS urls
       FROM functions f WHERE f.account_id = $1 AND f.region = $2 AND f."FunctionName" = $3`,
    [accountId, region, FunctionName, versions.flatMap((version) => versionNumber(version) ?? [])],
  );
  return row && loadedOf({ accountId, region, FunctionName }, row, database.keys);
}

function loadedOf(key: FunctionKey, row: LoadedRow, keys: KeyRing): LoadedFunction {
  const versions = row.versions ?? [];
  return {
    ...key,
    lastVersion: Number(row.lastVersion),
    versions: new Map(
      versions.flatMap(({ number, snapshot }) =>
        snapshot ? [[versionName(number), new SealedVersion(keys, key, number).openSnapshot(snapshot)]] : [],
      ),
    ),
    notActive: new Map(
      versions.flatMap(({ number, snapshot, State }) =>
        snapshot || State === "Active" ? [] : [[versionName(number), State]],
      ),
    ),
    aliases: new Map((row.aliases ?? []).map((alias) => [alias.Name, indexedAlias(alias)])),
    ...(row.policies && {
      policies: new Map(row.policies.map(({ qualifier, document }) => [qualifier, document])),
    }),
    ...(row.ReservedConcurrentExecutions !== null && {
      ReservedConcurrentExecutions: row.ReservedConcurrentExecutions,
    }),
    ...(row.provisioned && {
      provisioned: new Map(row.provisioned.flatMap(sharesOf).map(({ Version, count }) => [Version, count])),
    }),
    ...(row.RecursiveLoop === "Allow" && { RecursiveLoop: row.RecursiveLoop }),
    ...(row.event_invoke_configs && {
      eventInvokeConfigs: new Map(row.event_invoke_configs.map(({ qualifier, ...config }) => [qualifier, config])),
    }),
    ...(row.urls && { urls: new Map(row.urls.map(({ urlId, ...url }) => [urlId, url])) }),
  };
}

function indexedAlias({ number, second, weight }: AliasRow): IndexedAlias {
  return {
    FunctionVersion: versionName(number),
    AdditionalVersionWeights: second === null || weight === null ? {} : { [String(second)]: weight },
  };
}
