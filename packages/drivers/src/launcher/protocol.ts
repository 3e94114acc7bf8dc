import { parseImageReference } from "@hearth/model";
import { z } from "zod";
import { IMAGE_REASON_CODES } from "../driver.ts";

/**
 * Everything that may be said over the launcher's socket: one JSON object a line. Ids, digests and numbers only, never a path or a
 * flag: whoever holds the socket can start sandboxes of the one template and nothing else. The names of images are the one exception: they
 * are looked up and pulled, strictly parsed; a sandbox is started by its image's digest alone.
 */
export const MAX_LINE_BYTES = 128 * 1024;

export const SandboxId = z.string().regex(/^[0-9a-f]{16}$/);
const Digest = z.string().regex(/^[0-9a-f]{64}$/);
const Runtime = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,39}$/);
const RequestId = z.int().nonnegative();

const ImageReference = z.string().refine((text) => parseImageReference(text) !== undefined);
const Repository = z.string().refine((text) => parseImageReference(text)?.repository === text);

/** An ARN and a plain name: where the file system lies on the host is the launcher's to know. */
const FileSystem = z.strictObject({
  accessPoint: z
    .string()
    .max(300)
    .regex(/^arn:[a-zA-Z0-9:/-]+$/),
  mountName: z.string().regex(/^[a-zA-Z0-9_-][a-zA-Z0-9_.-]{0,154}$/),
});

const PoolKey = z.strictObject({
  runtime: Runtime,
  image: Digest.exactOptional(),
  network: z.enum(["none", "egress"]),
  tmpSizeMb: z.int().min(64).max(10_240),
  fileSystem: FileSystem.exactOptional(),
});

const SpecialiseSpec = z.strictObject({
  codeDigest: Digest.exactOptional(),
  layerDigests: z.array(Digest).max(16),
  memoryMb: z.int().min(64).max(32_768),
});

export const Request = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("hello"), id: RequestId }),
  z.strictObject({ op: z.literal("runtimes"), id: RequestId }),
  z.strictObject({ op: z.literal("ensureRuntime"), id: RequestId, runtime: Runtime }),
  z.strictObject({ op: z.literal("resolveImage"), id: RequestId, reference: ImageReference }),
  z.strictObject({ op: z.literal("ensureImage"), id: RequestId, repository: Repository, digest: Digest }),
  z.strictObject({ op: z.literal("keptImages"), id: RequestId }),
  z.strictObject({ op: z.literal("releaseImage"), id: RequestId, digest: Digest }),
  z.strictObject({ op: z.literal("prepare"), id: RequestId, sandboxId: SandboxId }),
  z.strictObject({ op: z.literal("boot"), id: RequestId, sandboxId: SandboxId, key: PoolKey }),
  z.strictObject({ op: z.literal("specialise"), id: RequestId, sandboxId: SandboxId, spec: SpecialiseSpec }),
  z.strictObject({ op: z.literal("freeze"), id: RequestId, sandboxId: SandboxId }),
  z.strictObject({ op: z.literal("thaw"), id: RequestId, sandboxId: SandboxId }),
  z.strictObject({
    op: z.literal("stop"),
    id: RequestId,
    sandboxId: SandboxId,
    graceMs: z.int().nonnegative().max(60_000),
  }),
  z.strictObject({ op: z.literal("list"), id: RequestId }),
  /** Aborts the request `target`, which answers with an error. Has no answer itself. */
  z.strictObject({ op: z.literal("cancel"), target: RequestId }),
]);
export type Request = z.output<typeof Request>;

export const Hello = z.object({ name: z.enum(["docker", "process"]), notices: z.array(z.string()) });
export const Directory = z.object({ apiSocket: z.string(), output: z.string() });
export const View = z.object({ taskRoot: z.string(), optRoot: z.string(), tmpDir: z.string() });
export const Resolution = z.union([
  z.object({ kind: z.literal("found"), digest: Digest }),
  z.object({ kind: z.enum(["missing", "denied", "unknown", "unsupported"]), reason: z.string() }),
]);
export const Program = z.object({
  entryPoint: z.array(z.string()),
  command: z.array(z.string()),
  workingDirectory: z.string(),
  environment: z.record(z.string(), z.string()),
});
export const Digests = z.array(Digest);
export const SandboxIds = z.array(SandboxId);
export const Runtimes = z.array(
  z.object({
    runtime: z.string(),
    servedBy: z.string(),
    state: z.enum(["ready", "obtainable", "unavailable"]),
    reason: z.string().exactOptional(),
  }),
);

const Event = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("exited"),
    sandboxId: SandboxId,
    exitCode: z.number().nullable(),
    signal: z.string().nullable(),
    outOfMemory: z.boolean(),
  }),
  z.object({ kind: z.literal("memory"), sandboxId: SandboxId, maxMemoryBytes: z.number() }),
  z.object({ kind: z.literal("progress"), runtime: z.string(), message: z.string() }),
]);

export const Reply = z.union([
  z.strictObject({ event: Event }),
  z.strictObject({ id: RequestId, result: z.unknown() }),
  z.strictObject({
    id: RequestId,
    error: z.strictObject({
      kind: z.enum(["RuntimeUnavailable", ...IMAGE_REASON_CODES, "Error"]),
      message: z.string(),
    }),
  }),
]);
export type Reply = z.output<typeof Reply>;
