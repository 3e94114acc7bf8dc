import type { Clock } from "@hearth/kit";
import { answer, type Answer } from "../answers.ts";
import { type Connect, sandboxDestination } from "./sandboxDestination.ts";
import { Subscription } from "./subscription.ts";
import { subscriptionSettings } from "./subscriptionRequest.ts";
import type { TelemetryBudget } from "./telemetryBudget.ts";
import { eventText, type TelemetryApi, type TelemetryEvent, type TelemetryType } from "./telemetryEvent.ts";

/** Events before the end of the init are kept for subscribers that come later, up to this size. */
const MAX_EARLY_BYTES = 256 * 1024;
const OK: Answer = {
  ...answer(200, {}),
  headers: ["Content-Type", "application/json", "Content-Length", "4"],
  body: '"OK"',
};

/** An extension has subscribed. */
export interface NewSubscription {
  readonly api: TelemetryApi;
  readonly name: string;
  readonly state: "Subscribed" | "Already subscribed";
  readonly types: readonly TelemetryType[];
}

export interface TelemetrySubscriptionsDeps {
  readonly clock: Clock;
  readonly connect: Connect;
  readonly budget: Pick<TelemetryBudget, "take" | "giveBack">;
  /** Whether anything in the sandbox can connect to its listeners. */
  readonly canConnect: () => boolean;
  readonly onSubscribed: (subscription: NewSubscription) => void;
}

/** The subscriptions of one sandbox's extensions to the Telemetry API and the Logs API. */
export class TelemetrySubscriptions implements Disposable {
  readonly #deps: TelemetrySubscriptionsDeps;
  readonly #byName = new Map<string, Subscription>();
  #early: TelemetryEvent[] | undefined = [];
  #earlyBytes = 0;

  constructor(deps: TelemetrySubscriptionsDeps) {
    this.#deps = deps;
  }

  /** Answers a request to subscribe. */
  subscribe(api: TelemetryApi, name: string, body: Readonly<Record<string, unknown>>, isInitialised: boolean): Answer {
    const { clock, connect, budget, canConnect, onSubscribed } = this.#deps;
    const title = api === "telemetry" ? "Telemetry" : "Logs";
    if (isInitialised) {
      const errorMessage = `${title} API subscription is closed already`;
      return answer(403, { errorMessage, errorType: `${title}.SubscriptionClosed` });
    }
    if (!canConnect()) {
      const errorMessage = `${title} API cannot reach listeners in this environment`;
      return answer(403, { errorMessage, errorType: `${title}.NotSupported` });
    }
    const settings = subscriptionSettings(api, body);
    if ("wrong" in settings)
      return answer(400, {
        errorType: api === "logs" ? "Logs.ValidationError" : "ValidationError",
        errorMessage: settings.wrong.join("; "),
      });
    const { types } = settings;
    const known = this.#byName.get(name);
    if (known) {
      if (known.api !== api) {
        const errorMessage = "The extension has subscribed by the other API of telemetry already";
        return answer(403, { errorType: `${title}.SubscriptionConflict`, errorMessage });
      }
      onSubscribed({ api, name, state: "Already subscribed", types });
      return OK;
    }
    const subscription = new Subscription(api, settings, {
      destination: sandboxDestination(settings.destination, connect),
      budget,
      clock,
    });
    this.#byName.set(name, subscription);
    for (const event of this.#early ?? [])
      if (subscription.wants(event)) subscription.add(textFor(subscription, event));
    onSubscribed({ api, name, state: "Subscribed", types });
    return OK;
  }

  publish(event: TelemetryEvent): void {
    if (this.#early) this.#keepEarly(this.#early, event);
    let text: string | undefined;
    for (const subscription of this.#byName.values()) {
      if (!subscription.wants(event)) continue;
      const isOlder = event.olderRecord !== undefined && subscription.wantsOlder(event);
      subscription.add(isOlder ? textFor(subscription, event) : (text ??= eventText(event)));
    }
  }

  /** Nothing can subscribe from now on. */
  close(): void {
    this.#early = undefined;
  }

  /** See `Subscription`. */
  async flush(): Promise<void> {
    await Promise.all([...this.#byName.values()].map((subscription) => subscription.flush()));
  }

  pause(): void {
    for (const subscription of this.#byName.values()) subscription.pause();
  }

  resume(): void {
    for (const subscription of this.#byName.values()) subscription.resume();
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#byName.values()) subscription[Symbol.dispose]();
  }

  #keepEarly(early: TelemetryEvent[], event: TelemetryEvent): void {
    this.#earlyBytes += event.record.length;
    if (this.#earlyBytes <= MAX_EARLY_BYTES) early.push(event);
  }
}

/** An event as this subscriber gets it. */
function textFor(subscription: Subscription, event: TelemetryEvent): string {
  const { name, timeMs, record, olderRecord } = event;
  return eventText({ name, timeMs, record: subscription.wantsOlder(event) ? (olderRecord ?? record) : record });
}
