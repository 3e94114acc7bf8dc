import {
  freePort,
  KafkaServer,
  logicalPostgres,
  loopbackAddress,
  noKafka,
  noProgram,
  noRabbitmq,
  noRedis,
  RabbitmqServer,
  testNats,
  testRedis,
} from "@hearth/testkit";
import { withinLimit } from "./withinLimit.ts";

const CLOSE_MS = 20_000;
const STOP_MS = 60_000;

/** The names of servers in `HEARTH_SOURCE_CONNECTIONS` and `HEARTH_BROKERS`. */
export const CONNECTIONS = {
  kafka: "kafka",
  rabbitmq: "rabbit",
  nats: "bus",
  redis: "cache",
  postgres: "shop",
  mqtt: "own",
};

/** Servers of other makes whose records event source mappings read. They run while Hearth is killed. */
export class SourceServers implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  /** By why they cannot be had. */
  readonly missing: string[] = [];
  /** Settings of Hearth that name the servers. */
  readonly env: Record<string, string> = {};
  /** The port of the embedded MQTT broker. */
  readonly mqttPort: number;
  kafka: KafkaServer | undefined;
  rabbitmq: RabbitmqServer | undefined;
  nats: string | undefined;
  redis: string | undefined;
  postgres: string | undefined;

  private constructor(mqttPort: number) {
    this.mqttPort = mqttPort;
  }

  /** Starts those that can be had. */
  static async open(): Promise<SourceServers> {
    const servers = new SourceServers(await freePort());
    try {
      await servers.#start();
      return servers;
    } catch (error) {
      await servers[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** For clients that must be closed before the servers are stopped. */
  use(name: string, close: () => unknown): void {
    this.#stack.defer(() =>
      withinLimit(
        `closing ${name}`,
        CLOSE_MS,
        Promise.resolve(close()).then(() => undefined),
      ),
    );
  }

  async #start(): Promise<void> {
    const starting = [
      this.#server(noProgram("nats-server"), () => testNats()),
      this.#server(await noRedis(), () => testRedis()),
      this.#server(undefined, () => logicalPostgres({ listen_addresses: loopbackAddress() })),
      this.#server(noRabbitmq(), () => RabbitmqServer.start()),
      this.#server(await noKafka(), () => KafkaServer.start()),
    ] as const;
    // When one fails, the others are waited for too, so that they are stopped.
    await Promise.allSettled(starting);
    const [nats, redis, postgres, rabbitmq, kafka] = await Promise.all(starting);
    Object.assign(this, { nats: nats?.url, redis: redis?.url, postgres: postgres?.url, rabbitmq, kafka });
    const own = `mqtt://test:test@127.0.0.1:${this.mqttPort}?protocol=3.1.1`;
    const named = { nats: this.nats, redis: this.redis, postgres: this.postgres, mqtt: own };
    this.env["HEARTH_MQTT_LISTEN"] = `127.0.0.1:${this.mqttPort}`;
    this.env["HEARTH_SOURCE_CONNECTIONS"] = Object.entries(named)
      .flatMap(([kind, url]) => (url === undefined ? [] : [`${CONNECTIONS[kind as keyof typeof named]}=${url}`]))
      .join(",");
    this.env["HEARTH_BROKERS"] = [
      ...(rabbitmq ? [`${CONNECTIONS.rabbitmq}=amqp://127.0.0.1:${rabbitmq.port}`] : []),
      ...(kafka ? [`${CONNECTIONS.kafka}=kafka://127.0.0.1:${kafka.port}`] : []),
    ].join(",");
  }

  async #server<Server extends AsyncDisposable>(
    reason: string | undefined,
    start: () => Promise<Server>,
  ): Promise<Server | undefined> {
    if (reason === undefined) return this.#stack.use(await start());
    this.missing.push(reason);
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await withinLimit("stopping the servers of sources", STOP_MS, this.#stack.disposeAsync());
  }
}
