/**
 * Flags of the Node that runs Hearth. docker/server/Dockerfile has them too.
 *
 * - By default V8 lets its space for new objects grow to 134 MB when there is load; 34 MB are as quick.
 * - By default V8 lets the old objects grow to as much as four times what was alive at the last collection, and to far more before the first one. What
 *   Hearth keeps of an invocation until it is written (its log lines, its usage) becomes such garbage: 25 MB in 10,000 invocations. With this flag V8
 *   collects at one and a half times what is alive.
 * - Sources are read without their types, see strippedSources.mjs.
 */
export const NODE_FLAGS = [
  "--max-semi-space-size=16",
  "--heap-growing-percent=50",
  `--import=${new URL("strippedSources.mjs", import.meta.url).href}`,
];

/**
 * Settings of the C library, which Node reads from its environment. By default glibc lets threads allocate from up to eight arenas for each processor,
 * and what is free in one is of no use to the others: about 10 MB in each process.
 */
export const MALLOC_SETTINGS = { MALLOC_ARENA_MAX: "2" };
