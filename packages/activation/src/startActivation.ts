import type { CodeStore } from "@hearth/code";
import type { ImageSource } from "@hearth/drivers";
import type { Clock, Logger, Random, Registry } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import type {
  ActivationStore,
  Database,
  FunctionIndex,
  FunctionStore,
  ImageRequestStore,
  ProvisionedConcurrencyStore,
} from "@hearth/store";
import { Activator } from "./activator.ts";
import { ImageCollector } from "./imageCollector.ts";
import { ImageMetrics } from "./imageMetrics.ts";
import { ImageResolver } from "./imageResolver.ts";
import { RuntimeRenewal } from "./runtimeRenewal.ts";
import { type ProvisionedEnvironments, Provisioner } from "./provisioner.ts";

export interface ActivationDeps {
  readonly database: Database;
  readonly functions: ActivationStore & Pick<FunctionStore, "imagesInUse">;
  readonly images: ImageRequestStore;
  readonly provisionedConcurrency: ProvisionedConcurrencyStore;
  readonly code: Pick<CodeStore, "unpack">;
  readonly imageSource: ImageSource;
  readonly index: Pick<FunctionIndex, "load" | "onApplied">;
  readonly environments: ProvisionedEnvironments & { expect(version: FunctionVersion): void };
  /** Fails versions whose runtime runs on another version here. */
  readonly exactRuntimes: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
}

/**
 * Starts what an invoker runs beside invocations: activation of versions, look-ups of images for `control`, removal of images that no version needs, newer images of
 * runtimes, and provisioned concurrency. Disposal stops all of it.
 */
export async function startActivation(deps: ActivationDeps): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const imageMetrics = new ImageMetrics(deps.registry);
  const activator = stack.use(new Activator({ ...deps, imageMetrics }));
  deps.index.onApplied(() => activator.wake());
  stack.use(new ImageCollector(deps));
  stack.use(new RuntimeRenewal(deps));
  stack.use(await ImageResolver.start({ ...deps, requests: deps.images, metrics: imageMetrics }));
  await deps.provisionedConcurrency.resetStatus();
  stack.use(new Provisioner(deps));
  return stack.move();
}
