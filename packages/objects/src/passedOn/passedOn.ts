import type { Clock, Logger, Random } from "@hearth/kit";
import {
  type Database,
  S3IntentStore,
  S3NoticeStore,
  S3ObjectStore,
  S3SeenStore,
  type S3BucketStore,
} from "@hearth/store";
import type { BucketDirectory } from "../bucketDirectory.ts";
import type { EventPort } from "../events.ts";
import { AnnouncedWrites } from "./announcedWrites.ts";
import { BucketLister } from "./bucketLister.ts";
import { IntentReconciler } from "./intentReconciler.ts";
import { NoticeWorker } from "./noticeWorker.ts";
import type { ObjectServer } from "./objectServer.ts";
import { OpenWrites } from "./openWrites.ts";
import { OutsideWrites } from "./outsideWrites.ts";
import { reportsIn } from "./reports.ts";
import type { Watches } from "./watches.ts";

export interface PassedOnDeps {
  readonly server: ObjectServer;
  readonly watches: Watches;
  /** Writes of one account that are to be announced and not yet answered; 0 for no limit. */
  readonly maxOpenWrites: number;
  readonly database: Database;
  readonly buckets: S3BucketStore;
  readonly directory: Pick<BucketDirectory, "find">;
  readonly events: EventPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const MAX_NOTICES = 100_000;

/** Buckets whose objects are on another server, the one that HEARTH_S3_ENDPOINT names. */
export class PassedOn {
  readonly server: ObjectServer;
  readonly writes: AnnouncedWrites;
  readonly #deps: PassedOnDeps;
  readonly #notices: S3NoticeStore;
  readonly #seen: S3SeenStore;
  readonly #intents: S3IntentStore;
  readonly #nextSeq: () => Promise<bigint>;
  readonly #isWatched: (bucket: string) => boolean;
  #worker: NoticeWorker | undefined;

  constructor(deps: PassedOnDeps) {
    const { database, watches } = deps;
    this.#deps = deps;
    this.server = deps.server;
    const objects = new S3ObjectStore(database);
    this.#nextSeq = async () => await objects.nextSeq();
    this.#isWatched = (bucket) => watches.isWatched(bucket);
    this.#intents = new S3IntentStore(database);
    this.#seen = new S3SeenStore(database);
    this.#notices = new S3NoticeStore(database);
    const open = new OpenWrites({ intents: this.#intents, limit: deps.maxOpenWrites, clock: deps.clock });
    this.writes = new AnnouncedWrites({ ...this.#parts, open });
  }

  get #parts() {
    const { database, buckets, events, server, clock, random, logger } = this.#deps;
    return {
      ...{ database, buckets, events, server, clock, random, logger },
      ...{ intents: this.#intents, seen: this.#seen, nextSeq: this.#nextSeq, isWatched: this.#isWatched },
    };
  }

  /** Reconciles interrupted writes, and looks for writes that go around Hearth as far as that is configured. What runs is put on `stack`. */
  start(stack: AsyncDisposableStack): void {
    const { watches } = this.#deps;
    const parts = this.#parts;
    stack.use(new IntentReconciler(parts));
    const outside = new OutsideWrites(parts);
    const listedEvery = (bucket: string): number | undefined => watches.listedEvery(bucket);
    if (watches.hasWebhooks) {
      const isListed = (bucket: string): boolean => listedEvery(bucket) !== undefined;
      this.#worker = stack.use(new NoticeWorker({ ...parts, notices: this.#notices, outside, isListed }));
    }
    if (watches.lists) stack.use(new BucketLister({ ...parts, outside, listedEvery }));
  }

  /** Whether a sender of reports has this secret. */
  knows(secret: string): boolean {
    return this.#deps.watches.reportsOf(secret) !== undefined;
  }

  /** Takes what a server reports in the body of a webhook. Resolves once it is on disk; with false when too many reports wait already. */
  async receive(secret: string, body: unknown): Promise<boolean> {
    const { watches, directory } = this.#deps;
    const mayReport = watches.reportsOf(secret) ?? (() => false);
    const reports = Map.groupBy(reportsIn(body), ({ bucket }) => bucket);
    for (const [name, list] of reports) {
      if (!mayReport(name)) continue;
      const bucket = await directory.find(name);
      if (!bucket?.passedOn) continue;
      if (!(await this.#notices.add(bucket.id, list, MAX_NOTICES))) return false;
    }
    this.#worker?.wake();
    return true;
  }
}
