import { z } from "zod";
import { IMAGE_REASON_CODES, MEMORY_SHORTAGES } from "../driver.ts";
import { CALLS, SandboxId } from "./calls.ts";

/** The longest message over the launcher's socket: one JSON object a line. */
export const MAX_LINE_BYTES = 128 * 1024;

const RequestId = z.int().nonnegative();

const CallNames = z.enum(Object.keys(CALLS) as (keyof typeof CALLS)[]);
/** Calls a method of `calls.ts`. */
const Call = z
  .strictObject({ op: CallNames, id: RequestId, args: z.array(z.unknown()) })
  .superRefine(({ op, args }, context) => {
    const parsed = CALLS[op].args.safeParse(args);
    if (!parsed.success) context.addIssue(`${op} takes other arguments: ${parsed.error.message}`);
  });
/** Aborts the request `target`, which then answers with an error. Has no answer itself. */
const Cancel = z.strictObject({ op: z.literal("cancel"), target: RequestId });

export const Request = z.union([Cancel, Call]);
export type Request = z.output<typeof Request>;
export type Call = z.output<typeof Call>;

/** What the launcher sends without being asked: events of the driver and of its image source. */
const Event = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("exited"),
    sandboxId: SandboxId,
    exitCode: z.number().nullable(),
    signal: z.string().nullable(),
    outOfMemory: z.boolean(),
    shortage: z.enum(MEMORY_SHORTAGES).exactOptional(),
  }),
  z.object({
    kind: z.literal("memory"),
    sandboxId: SandboxId,
    maxMemoryBytes: z.number(),
    tmpBytes: z.number().exactOptional(),
    heldBytes: z.number().exactOptional(),
  }),
  z.object({ kind: z.literal("progress"), runtime: z.string(), message: z.string() }),
]);
export type LauncherEvent = z.output<typeof Event>;

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
