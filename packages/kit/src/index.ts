export { type Backoff, backoffMs } from "./backoff.ts";
export { BackgroundLoop } from "./background.ts";
export { boundPieces, boundPiecesIn, boundPiecesOf } from "./boundPieces.ts";
export { boundPipelining } from "./boundPipelining.ts";
export { type Clock, ManualClock, SystemClock } from "./clock.ts";
export { syncFolder, writeDurableFile } from "./durableFile.ts";
export { Deadlines } from "./deadlines.ts";
export { Distribution, ExportedHistogram, type ExportedHistogramOptions } from "./distribution.ts";
export { errorCode } from "./errorCode.ts";
export { tryLockFile } from "./fileLock.ts";
export { HangWatch, ServerHangs } from "./hangWatch.ts";
export { GatheredBytes } from "./gatheredBytes.ts";
export { observeDisks, observeMemory } from "./hostMetrics.ts";
export { isSealed, KeyRing, MASTER_KEY, newMasterKey, SealError } from "./keyRing.ts";
export { invariant } from "./invariant.ts";
export { createLogger, type Logger, silentLogger } from "./logger.ts";
export { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
export { MeasuredLimit, type MeasuredLimitOptions } from "./measuredLimit.ts";
export { exceedsJson, type JsonBounds } from "./jsonBounds.ts";
export { parsedJson } from "./parsedJson.ts";
export { Mutex, Semaphore } from "./mutex.ts";
export { NamedServer, NamedServerMetrics } from "./namedServer.ts";
export { type OutboundGrant, parseOutboundGrant } from "./outboundGrant.ts";
export { makePrivateFolder, makeUnlistedFolder } from "./privateFolder.ts";
export {
  bucketOf,
  type Buckets,
  type BucketsText,
  MAX_BUCKETS,
  mergeBuckets,
  percentileOf,
  sumBuckets,
} from "./buckets.ts";
export { type Random, systemRandom } from "./random.ts";
export { type CertificateRequest, selfSignedCertificate } from "./selfSignedCertificate.ts";
export { Sha256 } from "./sha256.ts";
export { sourceFlags } from "./sourceFlags.ts";
export { endOfCut, storableText } from "./storableText.ts";
