import {
  AliasStore,
  ChangeBarrier,
  CodeStore,
  ConcurrencyStore,
  type Database,
  EventInvokeConfigStore,
  EventSourceMappingStore,
  EventStore,
  FunctionStore,
  FunctionUrlStore,
  IamPolicyStore,
  IamRolePolicyStore,
  IamRoleStore,
  LayerStore,
  LogChunkStore,
  LogGroupStore,
  LogStreamStore,
  PolicyStore,
  TagStore,
  UsageStore,
} from "@hearth/store";
import type { Base } from "./base.ts";

/** Every table and archive that the roles work with. None holds anything open. */
export interface Stores {
  readonly functions: FunctionStore;
  readonly aliases: AliasStore;
  readonly policies: PolicyStore;
  readonly layers: LayerStore;
  readonly tags: TagStore;
  readonly concurrency: ConcurrencyStore;
  readonly eventInvokeConfigs: EventInvokeConfigStore;
  readonly functionUrls: FunctionUrlStore;
  readonly changes: ChangeBarrier;
  readonly eventSourceMappings: EventSourceMappingStore;
  readonly code: CodeStore;
  readonly events: EventStore;
  readonly usage: UsageStore;
  readonly iam: {
    readonly roles: IamRoleStore;
    readonly rolePolicies: IamRolePolicyStore;
    readonly policies: IamPolicyStore;
  };
  readonly logs: { readonly groups: LogGroupStore; readonly streams: LogStreamStore; readonly chunks: LogChunkStore };
}

export function openStores({ config, clock, random, logger }: Base, database: Database): Stores {
  const deps = { database, clock, random, region: config.HEARTH_REGION };
  return {
    functions: new FunctionStore(deps),
    aliases: new AliasStore(deps),
    policies: new PolicyStore(deps),
    layers: new LayerStore(deps),
    tags: new TagStore(deps),
    concurrency: new ConcurrencyStore(deps),
    eventInvokeConfigs: new EventInvokeConfigStore(deps),
    functionUrls: new FunctionUrlStore(deps),
    changes: new ChangeBarrier({ database, clock, logger }),
    eventSourceMappings: new EventSourceMappingStore(deps),
    code: new CodeStore(config.HEARTH_DATA, deps),
    events: new EventStore(database),
    usage: new UsageStore(database),
    iam: {
      roles: new IamRoleStore(database),
      rolePolicies: new IamRolePolicyStore(database),
      policies: new IamPolicyStore(database),
    },
    logs: {
      groups: new LogGroupStore(database),
      streams: new LogStreamStore(database),
      chunks: new LogChunkStore(database),
    },
  };
}
