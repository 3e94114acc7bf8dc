/** As on AWS: file descriptors, and processes and threads. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_FILES = 1024;
export const MAX_PROCESSES = 1024;
/** As on AWS. */
const MAX_LOCKED_BYTES = 65_536;
/** The kernel ends a sandbox before Hearth when the host itself runs out of memory. */
const OOM_SCORE = 500;

/** Limits and restrictions of every container that Hearth starts: sandboxes, and its own helpers. */
export const HARDENED = {
  CapDrop: ["ALL"],
  SecurityOpt: ["no-new-privileges"],
  ReadonlyRootfs: true,
  // No /dev/shm: /tmp is the only place that can be written.
  IpcMode: "none",
  LogConfig: { Type: "none", Config: {} },
  PidsLimit: MAX_PROCESSES,
  Ulimits: [
    { Name: "nofile", Soft: MAX_FILES, Hard: MAX_FILES },
    { Name: "memlock", Soft: MAX_LOCKED_BYTES, Hard: MAX_LOCKED_BYTES },
  ],
  OomScoreAdj: OOM_SCORE,
};
