export type * from "./bucket.ts";
export { BucketDirectory, toBucket } from "./bucketDirectory.ts";
export {
  type Checksum,
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  type ChecksumType,
  isDigest,
  newHasher,
} from "./checksums/checksum.ts";
export { matches, type WriteConditions } from "./conditions.ts";
export * from "./errors.ts";
export type { EventPort, EventRequest, ObjectEvent, PreparedEvents } from "./events.ts";
export { type Expected, Intake, type Received } from "./intake/intake.ts";
export type { ListPage } from "./listing.ts";
export { type BackedUpFiles, type FilePiece, ObjectBackup } from "./objectBackup.ts";
export { ObjectFiles } from "./objectFiles.ts";
export { type Deleted, Objects } from "./objects.ts";
export { ObjectStorage, type ObjectStorageDeps } from "./objectStorage.ts";
export type { ObjectFacts, ObjectVersion, PartFact } from "./objectVersion.ts";
export { ORPHAN_AGE_MS, Orphans } from "./orphans.ts";
export { AnnouncedWrites, type Happened, type Intended } from "./passedOn/announcedWrites.ts";
export {
  ObjectServer,
  type ObjectServerOptions,
  type ServerAnswer,
  type ServerRequest,
} from "./passedOn/objectServer.ts";
export { stateOf, unquoted } from "./passedOn/objectState.ts";
export { PassedOn } from "./passedOn/passedOn.ts";
export { checkServerKey } from "./passedOn/names.ts";
export { serverError, textOf, Unanswered } from "./passedOn/serverErrors.ts";
export { Watches } from "./passedOn/watches.ts";
export { MAX_PARTS, type NamedPart, type UploadFacts, Uploads } from "./uploads.ts";
export { seqOf } from "./versionId.ts";
