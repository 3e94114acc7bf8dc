import { SystemClock, systemRandom } from "@hearth/kit";
import type { ChaosTarget } from "./chaosTarget.ts";
import { markOf, numbersIn } from "./marks.ts";
import { stuckRows } from "./stuckRows.ts";
import { withinLimit } from "./withinLimit.ts";

/** Where messages of a path must arrive. */
export interface Goal {
  /** Such as `queue failed`. */
  readonly name: string;
  /** Hearth itself writes each message there with the note that it did, in one transaction: a message that is there twice is a fault. */
  readonly once: boolean;
  /** What has arrived so far, in the order of arrival. */
  texts(): Promise<readonly string[]>;
}

/** One way from an accepted request to where its message must arrive. */
export interface ChaosPath {
  readonly name: string;
  readonly goals: readonly Goal[];
  /** Sends message `n`, whose text is `mark`. Rejects, or resolves with false, when it was not accepted. */
  send(mark: string, n: number): Promise<boolean | void>;
  /** Of all messages, how many are of this path; 1 unless said otherwise. */
  readonly weight?: number;
  /** Messages with the same key must arrive in the order in which they were sent. */
  readonly orderKey?: (n: number) => number;
}

/** What has become of the messages of a path at one goal. */
export interface GoalReport {
  readonly path: string;
  readonly goal: string;
  readonly once: boolean;
  readonly accepted: number;
  readonly arrived: number;
  /** Accepted, and not arrived. */
  readonly lost: readonly number[];
  /** Arrivals of messages that had arrived before. */
  readonly duplicated: number;
  /** Messages of a key that first arrived after a later one had. */
  readonly outOfOrder: number;
  /** Arrived without having been accepted: their requests were cut off after they were carried out. */
  readonly unanswered: number;
}

export interface ChaosReport {
  readonly goals: readonly GoalReport[];
  readonly stuck: Readonly<Record<string, number>>;
}

export interface ChaosOptions {
  /** Of all paths together. */
  readonly messages: number;
  readonly kills: number;
  /** How long the last messages may take to arrive. */
  readonly patienceMs: number;
  readonly say: (line: string) => void;
}

/** A client whose connection was cut off may wait for an answer that never comes. */
const SEND_MS = 20_000;
const KILL_MS = 60_000;
const LOOK_MS = 30_000;
/** How long all messages of a path may take to be accepted, kills included. */
const ACCEPTED_MS = 120_000;
const PAUSE_MS = 200;
const LOOK_EVERY_MS = 500;
const clock = new SystemClock();

/** Sends numbered messages on all paths at once, kills while they are sent, and reports what arrived. */
export class ChaosRun {
  readonly #target: ChaosTarget;
  readonly #paths: readonly ChaosPath[];
  readonly #options: ChaosOptions;
  readonly #accepted = new Map<string, Set<number>>();
  #sent = 0;

  constructor(target: ChaosTarget, paths: readonly ChaosPath[], options: ChaosOptions) {
    this.#target = target;
    this.#paths = paths;
    this.#options = options;
  }

  async run(): Promise<ChaosReport> {
    const { messages, say } = this.#options;
    const weights = this.#paths.reduce((sum, { weight = 1 }) => sum + weight, 0);
    const stop = new AbortController();
    const sending = Promise.all(
      this.#paths.map((path) => this.#send(path, Math.ceil((messages * (path.weight ?? 1)) / weights))),
    ).finally(() => stop.abort(new Error("everything is sent, or cannot be")));
    await Promise.all([sending, this.#kill(stop.signal)]);
    say(`all ${this.#sent} messages are accepted`);
    return await this.#settled();
  }

  async #send(path: ChaosPath, count: number): Promise<void> {
    const accepted = new Set<number>();
    this.#accepted.set(path.name, accepted);
    const untilMs = clock.monotonicMs() + ACCEPTED_MS;
    let reason: unknown = "it answered false";
    for (let n = 0; accepted.size < count; n++) {
      if (clock.monotonicMs() > untilMs) {
        throw new Error(`of ${path.name}, ${accepted.size} of ${count} messages were accepted after ${n} tries`, {
          cause: reason,
        });
      }
      try {
        if ((await withinLimit(`message ${n} of ${path.name}`, SEND_MS, path.send(markOf(path.name, n), n))) === false)
          continue;
        accepted.add(n);
        this.#sent++;
      } catch (error) {
        reason = error;
        // It was cut off, or Hearth is not there: it counts as not accepted, and the next message has another number.
        await clock.sleep(PAUSE_MS);
      }
    }
  }

  /** The kills are spread over the messages, not over time, so that a slow machine has as many in the middle of the load. */
  async #kill(stop: AbortSignal): Promise<void> {
    const { messages, kills, say } = this.#options;
    for (let kill = 0; kill < kills; kill++) {
      const after = (messages * (kill + 0.2 + systemRandom.fraction() * 0.6)) / kills;
      while (this.#sent < after && !stop.aborted) await clock.sleep(5);
      const sent = this.#sent;
      say(
        `${sent} messages were accepted; killed ${await withinLimit("a kill and the start after it", KILL_MS, this.#target.killSomething())}`,
      );
    }
  }

  async #settled(): Promise<ChaosReport> {
    const untilMs = clock.monotonicMs() + this.#options.patienceMs;
    let said = "";
    for (;;) {
      const report = await withinLimit("looking at what arrived", LOOK_MS, this.#look());
      const isDone = report.goals.every(({ lost }) => lost.length === 0) && Object.keys(report.stuck).length === 0;
      if (isDone || clock.monotonicMs() > untilMs) return report;
      const missing = report.goals.filter(({ lost }) => lost.length > 0).map(({ path, goal }) => `${path} → ${goal}`);
      const left = [...missing, ...Object.keys(report.stuck)].join(", ");
      if (left !== said) this.#options.say(`still to come: ${left}`);
      said = left;
      await clock.sleep(LOOK_EVERY_MS);
    }
  }

  async #look(): Promise<ChaosReport> {
    return { goals: await this.#goals(), stuck: await stuckRows(this.#target.database) };
  }

  async #goals(): Promise<readonly GoalReport[]> {
    const reports: GoalReport[] = [];
    for (const path of this.#paths) {
      for (const goal of path.goals) {
        const numbers = (await goal.texts()).flatMap((text) => numbersIn(text, path.name));
        reports.push(reportOf(path, goal, this.#accepted.get(path.name) ?? new Set(), numbers));
      }
    }
    return reports;
  }
}

function reportOf(path: ChaosPath, goal: Goal, accepted: ReadonlySet<number>, numbers: readonly number[]): GoalReport {
  const arrived = new Set(numbers);
  const latest = new Map<number, number>();
  let outOfOrder = 0;
  for (const n of arrived) {
    if (!path.orderKey) break;
    const key = path.orderKey(n);
    const before = latest.get(key) ?? -1;
    if (n < before) outOfOrder++;
    else latest.set(key, n);
  }
  return {
    path: path.name,
    goal: goal.name,
    once: goal.once,
    accepted: accepted.size,
    arrived: arrived.size,
    lost: [...accepted].filter((n) => !arrived.has(n)),
    duplicated: numbers.length - arrived.size,
    outOfOrder,
    unanswered: [...arrived].filter((n) => !accepted.has(n)).length,
  };
}
