import type { Clock, Logger, Random } from "@hearth/kit";
import { type AccountRegion, AwsError, type OutgoingMessage } from "@hearth/model";
import {
  type Database,
  type FanOut,
  IotBrokerMessageStore,
  type IotRetainedLimit,
  IotRetainedStore,
  IotSessionStore,
  type Transaction,
} from "@hearth/store";
import type { BrokerSink } from "./brokerSink.ts";
import { evaluateRules, type EvaluationDeps } from "./evaluateRules.ts";
import { iotFanOut } from "./iotFanOut.ts";
import type { IotEntrance, IotMetrics } from "./iotMetrics.ts";
import { BASIC_INGEST, type Publication } from "./publication.ts";
import type { SessionQueues } from "./sessionQueues.ts";
import { keyOf, type TopicRules } from "./topicRules.ts";

export interface IotPublisherDeps {
  readonly database: Database;
  readonly rules: Pick<TopicRules, "of">;
  readonly delivery: {
    prepare(
      messages: readonly OutgoingMessage[],
    ): Promise<{ write(tx: Transaction): Promise<void>; committed(): void }>;
    checkRoom(accountId: string, bytes: number): void;
  };
  readonly fanOuts: { add(tx: Transaction, fanOut: FanOut): Promise<() => void> };
  readonly sessionQueues: Pick<SessionQueues, "recipientsOf">;
  /** The broker of this process. */
  readonly broker: BrokerSink;
  /** Tells brokers of other processes that a message for them is stored; `undefined` when there are no other processes. */
  readonly others?: { readonly processId: string; announce(): void } | undefined;
  /** Another server's broker, which one account publishes to instead of this process's: its rules get the messages from there. */
  readonly external?: { readonly where: AccountRegion; publish(publication: Publication): Promise<void> } | undefined;
  readonly retainedLimit: IotRetainedLimit;
  readonly metrics: IotMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Messages that one transaction writes. */
const DIRECT_LIMIT = 10;

/** The account may not retain more messages. */
export class TooManyRetainedMessages extends AwsError {
  readonly code = "ThrottlingException";
  readonly httpStatus = 429;
}

/** Takes messages for topics: evaluates the rules of the account, keeps what is retained, and passes them on to subscribers. */
export class IotPublisher {
  readonly #deps: IotPublisherDeps;
  readonly #retained: IotRetainedStore;
  readonly #forOthers: IotBrokerMessageStore;
  readonly #sessions: IotSessionStore;

  constructor(deps: IotPublisherDeps) {
    this.#deps = deps;
    this.#retained = new IotRetainedStore(deps.database);
    this.#forOthers = new IotBrokerMessageStore(deps.database);
    this.#sessions = new IotSessionStore(deps.database);
  }

  /** What evaluating rules needs. */
  get evaluation(): EvaluationDeps {
    const { clock, random, metrics, logger } = this.#deps;
    return {
      clock,
      random,
      onFailure: ({ arn }, failure) => {
        metrics.failed(failure.failedAction);
        logger.debug({ rule: arn, ...failure }, "an action of a topic rule was not carried out");
      },
    };
  }

  /**
   * Resolves when everything that the message causes is committed: with the id under which it waits in sessions of clients, if it does. The broker of this process
   * gets it afterwards, unless it came from there (`mqtt`). Rejects with an AwsError when the account has no room for it.
   */
  async publish(publication: Publication, entrance: IotEntrance): Promise<string | undefined> {
    const { rules, metrics, broker, external } = this.#deps;
    metrics.published(entrance);
    const isIngest = publication.topic.startsWith(BASIC_INGEST);
    const isForExternal = external && !isIngest && (entrance === "http" || entrance === "republish");
    if (isForExternal && keyOf(external.where) === keyOf(publication)) {
      await external.publish(publication);
      return undefined;
    }
    const found = await rules.of(publication);
    const messages = found.length === 0 ? [] : evaluateRules(found, publication, this.evaluation);
    const messageId = await this.#commit(publication, messages, entrance);
    if (entrance !== "mqtt" && entrance !== "external" && !isIngest) broker.deliver({ ...publication, messageId });
    return messageId;
  }

  async #commit(
    publication: Publication,
    messages: readonly OutgoingMessage[],
    entrance: IotEntrance,
  ): Promise<string | undefined> {
    const { database, delivery, fanOuts, random, sessionQueues } = this.#deps;
    // Messages of another server's broker are retained there, and its subscribers have them. Those for one rule have no subscribers.
    const isOwn = entrance !== "external" && !publication.topic.startsWith(BASIC_INGEST);
    const others = isOwn ? this.#deps.others : undefined;
    const isRetained = publication.retain && isOwn;
    const recipients = isOwn && publication.qos === 1 ? await sessionQueues.recipientsOf(publication) : [];
    const messageId = recipients.length === 0 ? undefined : random.uuid();
    if (messages.length === 0 && !isRetained && !others && messageId === undefined) return undefined;
    if (messages.length > 0)
      delivery.checkRoom(publication.accountId, publication.payload.byteLength * messages.length);
    const isDirect = messages.length <= DIRECT_LIMIT;
    const prepared = await delivery.prepare(isDirect ? messages : []);
    const wakeUp = await database.transaction(async (tx) => {
      await prepared.write(tx);
      if (isRetained) await this.#retain(tx, publication);
      if (messageId !== undefined) {
        await this.#sessions.add(tx, publication, { ...publication, messageId }, recipients);
      }
      if (others) await this.#forOthers.add(tx, { ...publication, messageId, origin: others.processId });
      return isDirect ? undefined : await fanOuts.add(tx, iotFanOut(publication, random.uuid()));
    });
    prepared.committed();
    wakeUp?.();
    others?.announce();
    return messageId;
  }

  async #retain(tx: Transaction, publication: Publication): Promise<void> {
    if (await this.#retained.set(tx, publication, publication, this.#deps.retainedLimit)) return;
    throw new TooManyRetainedMessages("The account has as many retained messages as it may have.");
  }
}
