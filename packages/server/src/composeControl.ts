import { lambdaMayAssume } from "@hearth/access";
import { type ApiDeps, lambdaService, managementService } from "@hearth/api";
import { assumedSupport, type RuntimeSupport } from "@hearth/drivers";
import type { Invoking } from "@hearth/invoke";
import { iamService, logsService, stsService } from "@hearth/services";
import type { Service } from "@hearth/wire";
import { adminService } from "@hearth/admin";
import type { Base } from "./base.ts";
import type { Access } from "./openAccess.ts";
import { BYTES_PER_MB, type Stores } from "./openStores.ts";

export interface ControlDeps {
  readonly stores: Stores;
  readonly access: Access;
  /** Absent in a process that does not run functions: Invoke is then an invoker's. */
  readonly invoking?: Invoking;
  /** How runtimes are served; absent where there is no driver to ask. */
  readonly runtimes?: () => Promise<readonly RuntimeSupport[]>;
  readonly flushUsage?: () => Promise<void>;
  /** What runs functions, where this process knows it. */
  readonly driver?: "docker" | "process";
}

/** The AWS APIs that manage things, and Hearth's own. */
export function controlServices(base: Base, deps: ControlDeps): readonly Service[] {
  const { config, clock, random, logger } = base;
  const { stores, access, invoking, runtimes, flushUsage, driver } = deps;
  const api: Omit<ApiDeps, "invoking"> = {
    region: config.HEARTH_REGION,
    clock,
    random,
    logger,
    ...stores,
    fileSystems: new Set(driver === "process" ? [] : config.HEARTH_FILE_SYSTEMS.keys()),
    functionUrlHost: config.HEARTH_FUNCTION_URL_HOST,
    limits: {
      ConcurrentExecutions: config.HEARTH_CONCURRENCY,
      TotalCodeSize: config.HEARTH_CODE_STORAGE_MB * BYTES_PER_MB,
    },
    runtimeSupport: async (runtime) =>
      runtimes ? (await runtimes()).find((support) => support.runtime === runtime) : assumedSupport(runtime),
    findAccessKey: access.keys.find,
    codeGrant: (...said) => access.sessions.prove("code", said.join("\n")),
    ...(config.HEARTH_STRICT_ROLES && {
      mayAssume: (accountId, RoleArn) => lambdaMayAssume(access.identities, accountId, RoleArn),
    }),
  };
  return [
    invoking ? lambdaService({ ...api, invoking }) : managementService(api),
    iamService({ ...stores.iam, clock, random }),
    stsService({ ...access, clock }),
    logsService({ ...stores.logs, region: config.HEARTH_REGION, clock }),
    adminService({
      usage: stores.usage,
      accounts: stores.accounts,
      accessKeys: stores.iam.accessKeys,
      clock,
      random,
      ...(flushUsage && { flushUsage }),
    }),
  ];
}
