export * from "./codeBucket.ts";
export * from "./codeStore.ts";
export { InvalidZip } from "./invalidZip.ts";
export { removeTree } from "./removeTree.ts";
export { inspectZip, UNPACKED_BYTES_LIMIT, type ZipContents, type ZipMember } from "./zipMembers.ts";
