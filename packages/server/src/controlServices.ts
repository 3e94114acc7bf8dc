import { lambdaMayAssume } from "@hearth/access";
import { type ApiDeps, lambdaService, managementService } from "@hearth/api";
import { assumedSupport, type LauncherClient } from "@hearth/drivers";
import type { Invoking } from "@hearth/invoke";
import { iamService, stsService } from "@hearth/services";
import type { Service } from "@hearth/wire";
import { adminService } from "@hearth/admin";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";
import { BYTES_PER_MB } from "./openStores.ts";

/** What control knows in a process that runs functions too. */
export interface LocalInvoker {
  readonly invoking: Invoking;
  readonly flushUsage: () => Promise<void>;
  readonly driver: LauncherClient;
}

/** The AWS APIs that manage things, and Hearth's own. Without `local`, Invoke is an invoker's, and how runtimes are served is not known. */
export function controlServices(base: Base, house: House, local?: LocalInvoker): readonly Service[] {
  const { config, clock, random, logger } = base;
  const { stores, access } = house;
  const api: Omit<ApiDeps, "invoking"> = {
    region: config.HEARTH_REGION,
    clock,
    random,
    logger,
    ...stores,
    fileSystems: new Set(local?.driver.name === "process" ? [] : config.HEARTH_FILE_SYSTEMS.keys()),
    functionUrlHost: config.HEARTH_FUNCTION_URL_HOST,
    limits: {
      ConcurrentExecutions: config.HEARTH_CONCURRENCY,
      TotalCodeSize: config.HEARTH_CODE_STORAGE_MB * BYTES_PER_MB,
    },
    runtimeSupport: async (runtime) =>
      local ? (await local.driver.runtimes()).find((it) => it.runtime === runtime) : assumedSupport(runtime),
    findAccessKey: access.keys.find,
    codeGrant: (...said) => access.sessions.prove("code", said.join("\n")),
    ...(config.HEARTH_STRICT_ROLES && {
      mayAssume: (accountId, RoleArn) => lambdaMayAssume(access.identities, accountId, RoleArn),
    }),
  };
  return [
    local ? lambdaService({ ...api, invoking: local.invoking }) : managementService(api),
    iamService({ ...stores.iam, clock, random }),
    stsService({ ...access, clock }),
    adminService({
      usage: stores.usage,
      accounts: stores.accounts,
      accessKeys: stores.iam.accessKeys,
      clock,
      random,
      ...(local && { flushUsage: local.flushUsage }),
    }),
  ];
}
