import type { Driver } from "@hearth/drivers";
import type { CodeStore } from "@hearth/code";

/** `driver`, which unpacks a function's code before it specialises a sandbox, where this host does not have it: after a collection, or on a new host. */
export function withCode(driver: Driver, code: Pick<CodeStore, "unpack">): Driver {
  return {
    name: driver.name,
    runtimes: () => driver.runtimes(),
    ensureRuntime: (runtime, signal) => driver.ensureRuntime(runtime, signal),
    resolveImage: (reference, signal) => driver.resolveImage(reference, signal),
    ensureImage: (image, signal) => driver.ensureImage(image, signal),
    keptImages: () => driver.keptImages(),
    releaseImage: (digest) => driver.releaseImage(digest),
    prepare: (sandboxId) => driver.prepare(sandboxId),
    boot: (sandboxId, key, signal) => driver.boot(sandboxId, key, signal),
    specialise: async (sandboxId, spec, signal) => {
      const { codeDigest, layerDigests } = spec;
      const digests = codeDigest === undefined ? layerDigests : [codeDigest, ...layerDigests];
      for (const digest of digests) await code.unpack(digest, signal);
      return await driver.specialise(sandboxId, spec, signal);
    },
    freeze: (sandboxId) => driver.freeze(sandboxId),
    thaw: (sandboxId) => driver.thaw(sandboxId),
    stop: (sandboxId, graceMs) => driver.stop(sandboxId, graceMs),
    list: () => driver.list(),
    on: (listener) => driver.on(listener),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
}
