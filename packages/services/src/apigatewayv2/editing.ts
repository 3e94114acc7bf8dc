import { DEPLOYED_KINDS, newApiId, snapshotOf } from "@hearth/apis";
import type { AccountRegion } from "@hearth/model";
import type { ApiPart, ApiPartKind, ApiProtocol, ApiRecord, Transaction } from "@hearth/store";
import type { ApiGatewayDeps } from "./deps.ts";
import { NotFoundException } from "./errors.ts";
import { putPart } from "./putPart.ts";
import { refuseWhenDiskIsShort } from "./refuseWhenDiskIsShort.ts";

/** The kinds of API of this door. REST APIs have another one. */
export const PROTOCOLS: readonly ApiProtocol[] = ["HTTP", "WEBSOCKET"];

type Where = AccountRegion;
type Settings = Readonly<Record<string, unknown>>;

/** An API that is being changed. Others who change it wait until the end. */
export interface Edit {
  readonly tx: Transaction;
  readonly api: ApiRecord;
  readonly deps: ApiGatewayDeps;
  /** `undefined` when there is no such part. */
  find(kind: ApiPartKind, partId: string): Promise<ApiPart | undefined>;
  all(kind: ApiPartKind): Promise<readonly ApiPart[]>;
  put(kind: ApiPartKind, partId: string, settings: Settings): Promise<ApiPart>;
  delete(kind: ApiPartKind, partId: string): Promise<void>;
}

/** Whether what is deployed changes with the edit, so that stages that deploy by themselves get a new deployment. */
interface EditOptions {
  readonly deploys?: boolean;
  /** It only deletes, which is possible with a full disk too. */
  readonly frees?: boolean;
}

/** Changes an API in one transaction. Rejects with NotFoundException when there is none. */
export async function editApi<T>(
  deps: ApiGatewayDeps,
  where: Where,
  apiId: string,
  work: (edit: Edit) => Promise<T>,
  { deploys = true, frees = false }: EditOptions = {},
): Promise<T> {
  if (!frees) refuseWhenDiskIsShort(deps);
  const { database, apis } = deps;
  return await database.transaction(async (tx) => {
    const api = await apis.lock(tx, where, apiId, PROTOCOLS);
    if (!api) throw noApi(where, apiId);
    const edit = editOf(deps, tx, api);
    const result = await work(edit);
    if (deploys) await deployAutomatically(edit);
    return result;
  });
}

/** An edit in a transaction that has locked the API, or has made it. */
export function editOf(deps: ApiGatewayDeps, tx: Transaction, api: ApiRecord): Edit {
  const { parts } = deps;
  const { apiId } = api;
  return {
    ...{ tx, api, deps },
    find: (kind, partId) => parts.find({ apiId, kind, partId }, tx),
    all: (kind) => parts.all(apiId, [kind], tx),
    put: (kind, partId, settings) => putPart(deps, tx, { apiId, kind, partId }, settings),
    delete: (kind, partId) => parts.delete(tx, { apiId, kind, partId }),
  };
}

export async function findApi({ apis }: Pick<ApiGatewayDeps, "apis">, where: Where, apiId: string): Promise<ApiRecord> {
  const api = await apis.find(where, apiId, PROTOCOLS);
  if (!api) throw noApi(where, apiId);
  return api;
}

export function noApi({ accountId }: Where, apiId: string): NotFoundException {
  return new NotFoundException(`Invalid API identifier specified ${accountId}:${apiId}`);
}

/** Makes a deployment that copies the API as it is in `edit`. Resolves with its part. */
export async function deploy(edit: Edit, description?: string): Promise<ApiPart> {
  const { tx, deps, api } = edit;
  const deploymentId = newApiId(deps.random, 6);
  const deployment = await edit.put("deployment", deploymentId, {
    deploymentId,
    autoDeployed: false,
    deploymentStatus: "DEPLOYED",
    ...(description !== undefined && { description }),
  });
  await deps.parts.setSnapshot(tx, api.apiId, deploymentId, await currentSnapshot(edit));
  return deployment;
}

async function currentSnapshot({ tx, deps, api }: Edit): Promise<ReturnType<typeof snapshotOf>> {
  const current = (await deps.apis.lock(tx, api, api.apiId, PROTOCOLS)) ?? api;
  return snapshotOf(current, await deps.parts.all(api.apiId, DEPLOYED_KINDS, tx));
}

/** A stage no longer deploys by itself: from now on it serves a copy of the API as it is. */
export async function freeze(edit: Edit, deploymentId: string): Promise<void> {
  await edit.deps.parts.setSnapshot(edit.tx, edit.api.apiId, deploymentId, await currentSnapshot(edit));
}

/**
 * A stage that deploys by itself serves the API's parts as they are, so its deployment is only a record of the last change: it replaces the one before,
 * and copies nothing.
 */
async function deployAutomatically(edit: Edit): Promise<void> {
  for (const { partId, settings } of await edit.all("stage")) {
    if (settings["autoDeploy"] === true) await edit.put("stage", partId, await automaticallyDeployed(edit, settings));
  }
}

/** The settings of a stage with a new deployment of its own. */
export async function automaticallyDeployed(edit: Edit, stage: Settings): Promise<Settings> {
  const { deploymentId: before } = stage;
  const replaced = typeof before === "string" ? await edit.find("deployment", before) : undefined;
  if (replaced?.settings["autoDeployed"] === true) await edit.delete("deployment", replaced.partId);
  const deploymentId = newApiId(edit.deps.random, 6);
  await edit.put("deployment", deploymentId, {
    deploymentId,
    autoDeployed: true,
    deploymentStatus: "DEPLOYED",
    description: "Automatic deployment triggered by changes to the Api configuration",
  });
  return {
    ...stage,
    deploymentId,
    lastDeploymentStatusMessage: `Successfully deployed stage with deployment ID '${deploymentId}'`,
  };
}
