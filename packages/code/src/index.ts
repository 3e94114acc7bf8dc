export * from "./bucketGrants.ts";
export * from "./codeBucket.ts";
export * from "./codeStore.ts";
export * from "./freeDisk.ts";
export { InvalidZip } from "./invalidZip.ts";
export { removeTree } from "./removeTree.ts";
export type { ZipMember } from "./zipMember.ts";
export { inspectZip, UNPACKED_BYTES_LIMIT, type ZipContents } from "./zipMembers.ts";
