import { parseImageReference } from "@hearth/model";
import { z } from "zod";
import type { ImageSource, SandboxHost } from "../driver.ts";

/**
 * Every method of the driver's two ports that a client may call over the launcher's socket. Client and server are both made from these tables: a new
 * method is one line here. Arguments are ids, digests and numbers only, never a path or a flag: who holds the socket can start sandboxes of the one
 * template and nothing else. Names of images are the one exception: they are looked up and pulled, strictly parsed; a sandbox is started by its image's
 * digest alone.
 */

export const SandboxId = z.string().regex(/^[0-9a-f]{16}$/);
const Digest = z.string().regex(/^[0-9a-f]{64}$/);
const Runtime = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,39}$/);
const ImageReference = z.string().refine((text) => parseImageReference(text) !== undefined);
const AccountId = z.string().regex(/^\d{12}$/);
const Repository = z.string().refine((text) => parseImageReference(text)?.repository === text);

/** An ARN and a plain name: only the launcher knows the folder of the file system. */
const FileSystem = z.strictObject({
  accessPoint: z
    .string()
    .max(300)
    .regex(/^arn:[a-zA-Z0-9:/-]+$/),
  mountName: z.string().regex(/^[a-zA-Z0-9_-][a-zA-Z0-9_.-]{0,154}$/),
});
const PoolKey = z.strictObject({
  runtime: Runtime,
  runtimeVersion: Digest.exactOptional(),
  image: Digest.exactOptional(),
  network: z.enum(["none", "egress"]),
  tmpSizeMb: z.int().min(64).max(10_240),
  fileSystem: FileSystem.exactOptional(),
});
const BootSpec = PoolKey.extend({ isAwaited: z.boolean().exactOptional() });
const SpecialiseSpec = z.strictObject({
  codeDigest: Digest.exactOptional(),
  layerDigests: z.array(Digest).max(16),
  memoryMb: z.int().min(64).max(32_768),
  accountId: AccountId,
  expectedMb: z.int().nonnegative().max(65_536),
});

const Directory = z.object({ apiSocket: z.string(), output: z.string() });
const View = z.object({
  taskRoot: z.string(),
  optRoot: z.string(),
  tmpDir: z.string(),
  freshProcess: z.boolean().exactOptional(),
});
const Resolution = z.union([
  z.object({ kind: z.literal("found"), digest: Digest }),
  z.object({ kind: z.enum(["missing", "denied", "unknown", "unsupported"]), reason: z.string() }),
]);
const Program = z.object({
  entryPoint: z.array(z.string()),
  command: z.array(z.string()),
  workingDirectory: z.string(),
  environment: z.record(z.string(), z.string()),
});
const Runtimes = z.array(
  z.object({
    runtime: z.string(),
    servedBy: z.string(),
    state: z.enum(["ready", "obtainable", "unavailable"]),
    image: z.string().exactOptional(),
    reason: z.string().exactOptional(),
  }),
);
const Version = Digest.nullable().transform((version) => version ?? undefined);
const Nothing = z.null().transform(() => undefined);

/** The methods of a port that are called; a method that takes a listener is an event of the protocol instead. */
type Calls<Port> = {
  readonly [M in keyof Port as Port[M] extends (...args: infer _A) => Promise<unknown> ? M : never]: Port[M] extends (
    ...args: infer A
  ) => Promise<infer R>
    ? { readonly args: z.ZodType<WithoutSignal<A>>; readonly result: z.ZodType<R>; readonly abortable?: HasSignal<A> }
    : never;
};
type WithoutSignal<A extends readonly unknown[]> = A extends [...infer Rest, AbortSignal] ? Rest : A;
type HasSignal<A extends readonly unknown[]> = A extends [...infer _Rest, AbortSignal] ? true : never;

export const IMAGE_CALLS = {
  runtimes: { args: z.tuple([]), result: Runtimes },
  ensureRuntime: { args: z.tuple([Runtime]), result: Version, abortable: true },
  ensureRuntimeVersion: { args: z.tuple([Runtime, Digest]), result: Version, abortable: true },
  resolveImage: { args: z.tuple([ImageReference, AccountId]), result: Resolution, abortable: true },
  ensureImage: {
    args: z.tuple([z.strictObject({ accountId: AccountId, repository: Repository, digest: Digest })]),
    result: Program,
    abortable: true,
  },
  keptImages: { args: z.tuple([]), result: z.array(Digest) },
  releaseImage: { args: z.tuple([Digest]), result: Nothing },
} as const satisfies Calls<ImageSource>;

/** All that take an id take it first: a connection may only name its own sandboxes. */
export const SANDBOX_CALLS = {
  prepare: { args: z.tuple([SandboxId]), result: Directory },
  create: { args: z.tuple([SandboxId, PoolKey]), result: z.boolean(), abortable: true },
  boot: { args: z.tuple([SandboxId, BootSpec]), result: Nothing, abortable: true },
  specialise: { args: z.tuple([SandboxId, SpecialiseSpec]), result: View, abortable: true },
  freeze: { args: z.tuple([SandboxId]), result: Nothing },
  cpuMs: {
    args: z.tuple([SandboxId]),
    result: z
      .number()
      .nullable()
      .transform((ms) => ms ?? undefined),
  },
  thaw: { args: z.tuple([SandboxId]), result: Nothing },
  stop: { args: z.tuple([SandboxId, z.int().nonnegative().max(60_000)]), result: Nothing },
  list: { args: z.tuple([]), result: z.array(SandboxId) },
  expectEgress: { args: z.tuple([]), result: Nothing },
} as const satisfies Calls<SandboxHost>;

const HELLO = {
  args: z.tuple([]),
  result: z.object({
    name: z.enum(["docker", "process"]),
    notices: z.array(z.string()),
    version: z.string().optional(),
  }),
} as const;

export const CALLS = { hello: HELLO, ...IMAGE_CALLS, ...SANDBOX_CALLS } as const;
export type CallName = keyof typeof CALLS;
export type CallArgs<C extends CallName> = z.output<(typeof CALLS)[C]["args"]>;
export type CallResult<C extends CallName> = z.output<(typeof CALLS)[C]["result"]>;

export function isImageCall(op: CallName): op is keyof typeof IMAGE_CALLS {
  return Object.hasOwn(IMAGE_CALLS, op);
}
