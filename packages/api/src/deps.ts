import type { Clock, Logger, Random } from "@hearth/kit";
import type { RuntimeSupport } from "@hearth/drivers";
import type { Invoking } from "@hearth/invoke";
import type { AccountLimits } from "@hearth/model";
import type {
  AliasStore,
  ChangeBarrier,
  CodeSigningConfigStore,
  ConcurrencyStore,
  EventInvokeConfigStore,
  EventSourceMappingStore,
  FunctionStore,
  FunctionUrlStore,
  ImageRequestStore,
  LayerStore,
  PolicyStore,
  ProvisionedConcurrencyStore,
  RecursionConfigStore,
  RuntimeManagementStore,
  TagStore,
} from "@hearth/store";
import type { CodeBucket, CodeStore } from "@hearth/code";
import type { FindAccessKey } from "@hearth/wire";

/** Everything the operations of the Lambda API work with; each names the slice that it needs. */
export interface ApiDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly functions: FunctionStore;
  readonly aliases: AliasStore;
  readonly policies: PolicyStore;
  readonly layers: LayerStore;
  readonly tags: TagStore;
  readonly concurrency: ConcurrencyStore;
  readonly provisionedConcurrency: ProvisionedConcurrencyStore;
  readonly eventInvokeConfigs: EventInvokeConfigStore;
  readonly functionUrls: FunctionUrlStore;
  /** `host` or `host:port` beneath which function URLs lie; absent: that of the endpoint the client used. */
  readonly functionUrlHost?: string | undefined;
  /** Changes are answered when invocations meet them. */
  readonly changes: Pick<ChangeBarrier, "passed">;
  readonly eventSourceMappings: EventSourceMappingStore;
  readonly codeSigningConfigs: CodeSigningConfigStore;
  readonly runtimeManagement: RuntimeManagementStore;
  readonly recursionConfigs: RecursionConfigStore;
  readonly code: CodeStore;
  /** Where archives named by bucket and key are fetched from; absent where no S3 endpoint is configured. */
  readonly codeBucket?: CodeBucket | undefined;
  /** ARNs of the access points that functions may mount. */
  readonly fileSystems: ReadonlySet<string>;
  /** Finds out what the name of an image means. */
  readonly images: Pick<ImageRequestStore, "resolve">;
  readonly invoking: Invoking;
  readonly limits: AccountLimits;
  /** How a runtime identifier is served here; `undefined` when it is not at all. */
  runtimeSupport(runtime: string): RuntimeSupport | undefined | Promise<RuntimeSupport | undefined>;
  /** The caller's key, which signs the links to its code. */
  readonly findAccessKey: FindAccessKey;
  /** Put into a link to an archive when the caller was found to be allowed to see it: nobody else can make it. */
  readonly codeGrant: (digest: string, accessKeyId: string, expiresAtSeconds: number) => string;
  /** Whether Lambda may assume a role; asked only where configuration says that it matters. */
  readonly mayAssume?: (accountId: string, RoleArn: string) => Promise<boolean>;
}
