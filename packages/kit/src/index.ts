export { type Backoff, backoffMs } from "./backoff.ts";
export { BackgroundLoop } from "./background.ts";
export { type Clock, ManualClock, SystemClock } from "./clock.ts";
export { invariant } from "./invariant.ts";
export { createLogger, type Logger, silentLogger } from "./logger.ts";
export { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
export { Mutex, Semaphore } from "./mutex.ts";
export { type Random, systemRandom } from "./random.ts";
