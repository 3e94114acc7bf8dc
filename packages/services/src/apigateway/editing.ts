import { REST_DEPLOYED_KINDS, restSnapshotOf } from "@hearth/apis";
import { type AccountRegion, validationMessage } from "@hearth/model";
import type { ApiPart, ApiPartKind, ApiProtocol, ApiRecord, Transaction } from "@hearth/store";
import type { z } from "zod";
import type { ApiGatewayDeps } from "../apigatewayv2/deps.ts";
import { noApi } from "../apigatewayv2/editing.ts";
import { BadRequestException, LimitExceededException } from "../apigatewayv2/errors.ts";
import { putPart } from "../apigatewayv2/putPart.ts";
import { refuseWhenDiskIsShort } from "../apigatewayv2/refuseWhenDiskIsShort.ts";
import type { Settings } from "./patch.ts";

export const REST: readonly ApiProtocol[] = ["REST"];

/** A REST API that is being changed. Others who change it wait until the end. */
export interface RestEdit {
  readonly tx: Transaction;
  readonly api: ApiRecord;
  readonly deps: ApiGatewayDeps;
  /** `undefined` when there is no such part. */
  find(kind: ApiPartKind, partId: string): Promise<ApiPart | undefined>;
  all(kind: ApiPartKind): Promise<readonly ApiPart[]>;
  put(kind: ApiPartKind, partId: string, settings: Settings): Promise<ApiPart>;
  delete(kind: ApiPartKind, partId: string): Promise<void>;
}

/** Changes a REST API in one transaction. Rejects with NotFoundException when there is none. `frees`: it only deletes, which is possible with a full disk too. */
export async function editRestApi<T>(
  deps: ApiGatewayDeps,
  where: AccountRegion,
  apiId: string,
  work: (edit: RestEdit) => Promise<T>,
  { frees = false }: { readonly frees?: boolean } = {},
): Promise<T> {
  if (!frees) refuseWhenDiskIsShort(deps);
  return await deps.database.transaction(async (tx) => {
    const api = await deps.apis.lock(tx, where, apiId, REST);
    if (!api) throw noApi(where, apiId);
    return await work(editOf(deps, tx, api));
  });
}

/** For an API that the transaction itself made or locked. */
export function editOf(deps: ApiGatewayDeps, tx: Transaction, api: ApiRecord): RestEdit {
  const { apiId } = api;
  const { parts } = deps;
  return {
    ...{ tx, api, deps },
    find: (kind, partId) => parts.find({ apiId, kind, partId }, tx),
    all: (kind) => parts.all(apiId, [kind], tx),
    put: (kind, partId, settings) => putPart(deps, tx, { apiId, kind, partId }, settings),
    delete: (kind, partId) => parts.delete(tx, { apiId, kind, partId }),
  };
}

export async function findRestApi(
  { apis }: Pick<ApiGatewayDeps, "apis">,
  where: AccountRegion,
  apiId: string,
): Promise<ApiRecord> {
  const api = await apis.find(where, apiId, REST);
  if (!api) throw noApi(where, apiId);
  return api;
}

/** Lets a deployment copy the API as it is in `edit`. */
export async function copyTo({ tx, deps, api }: RestEdit, deploymentId: string): Promise<void> {
  const parts = await deps.parts.all(api.apiId, REST_DEPLOYED_KINDS, tx);
  await deps.parts.setSnapshot(tx, api.apiId, deploymentId, restSnapshotOf(api, parts));
}

/** The settings that the rules of their members hold for. Throws BadRequestException for others: after a PATCH nothing else has checked them. */
export function conforming(rules: z.ZodType, settings: Settings): Settings {
  const read = rules.safeParse(settings);
  if (!read.success) throw new BadRequestException(validationMessage(read.error, settings));
  return settings;
}

/** Throws LimitExceededException when there are already `limit` of the kind. */
export function checkQuota(held: number, limit: number, what: string): void {
  if (held >= limit) throw new LimitExceededException(`Maximum number of ${what} has been reached: ${limit}`);
}

/** Without members that have no value. */
export function given(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
