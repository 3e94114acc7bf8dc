import type { Clock, Logger, Random } from "@hearth/kit";
import type { RuntimeSupport } from "@hearth/drivers";
import type { Invoking } from "@hearth/invoke";
import type { AccountLimits, FunctionSender, Sender } from "@hearth/model";
import type {
  AliasStore,
  ChangeBarrier,
  CodeSigningConfigStore,
  ConcurrencyStore,
  EventInvokeConfigStore,
  EventSourceMapping,
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
import type { HostedCode } from "./code/codeSource.ts";
import type { BucketGrants, CodeBucket, CodeStore } from "@hearth/code";
import type { FindAccessKey } from "@hearth/wire";

/** Everything that operations of the Lambda API use. Each operation picks what it needs. */
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
  /** `host` or `host:port` that function URLs end with. Default: the host of the endpoint that the client used. */
  readonly functionUrlHost?: string | undefined;
  /** Resolves when invocations use what was changed. Changes are answered after that. */
  readonly changes: Pick<ChangeBarrier, "passed">;
  readonly eventSourceMappings: EventSourceMappingStore;
  readonly codeSigningConfigs: CodeSigningConfigStore;
  readonly runtimeManagement: RuntimeManagementStore;
  readonly recursionConfigs: RecursionConfigStore;
  readonly code: CodeStore;
  /** Fetches archives given by bucket and key. Absent without an S3 endpoint in the configuration. */
  readonly codeBucket?: CodeBucket | undefined;
  readonly hostedCode: HostedCode;
  /** Which account may take archives from which buckets. */
  readonly bucketGrants: BucketGrants;
  /** ARNs of the EFS access points that functions can mount. */
  readonly fileSystems: ReadonlySet<string>;
  /** Resolves image names to digests. */
  readonly images: Pick<ImageRequestStore, "resolve">;
  readonly invoking: Invoking;
  readonly limits: AccountLimits;
  /** How this machine runs each of AWS's runtimes. */
  readonly runtimes: () => Promise<readonly RuntimeSupport[]>;
  /** Refuses runtimes that run on another version here. */
  readonly exactRuntimes?: boolean;
  /** Of the processors whose programs run here. */
  readonly architectures: ReadonlySet<"x86_64" | "arm64">;
  /** Finds the caller's key, which signs the links to code. */
  readonly findAccessKey: FindAccessKey;
  /** The proof in a link to an archive that the caller was authorized. Clients cannot compute it. */
  readonly codeGrant: (digest: string, accessKeyId: string, expiresAtSeconds: number) => string;
  /** Why the function's role may not send to an ARN; `undefined` when it may, and for a service that nothing is sent to. */
  readonly refusalOfSending: (sender: Sender, TargetArn: string) => Promise<string | undefined>;
  /** Rejects with AWS's error when a mapping's source does not exist, does not suit the function, or may not be read with its role. */
  readonly checkSource: (
    mapping: Omit<EventSourceMapping, "LastModified" | "State" | "revision" | "enabled">,
    fn: { readonly sender: FunctionSender; readonly timeoutSeconds: number },
  ) => Promise<void>;
  /** Whether Lambda may assume a role. Present only when the configuration requires such roles. */
  readonly mayAssume?: (accountId: string, RoleArn: string) => Promise<boolean>;
}
