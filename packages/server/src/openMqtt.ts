import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Server } from "node:net";
import { hostname } from "node:os";
import {
  ExternalSubscriber,
  MqttBroker,
  OtherProcesses,
  type ServerIdentity,
  tcpServer,
  tlsServer,
  webSocketServer,
} from "@hearth/iot";
import {
  IotBrokerMessageStore,
  IotCertificateStore,
  IotPolicyStore,
  IotRetainedStore,
  IotSessionStore,
} from "@hearth/store";
import type { Base } from "./base.ts";
import { type Config, formatAddress, type ListenAddress, regionsOf } from "./config.ts";
import type { House } from "./house.ts";
import { listen } from "./listen.ts";
import { MqttDevices } from "./mqttDevices.ts";
import { mqttAccount } from "./openIotPublisher.ts";
import type { Sending } from "./sending.ts";
import { serviceHouse } from "./serviceHouse.ts";
import { StartError } from "./startError.ts";

/** The embedded MQTT broker, and the subscriptions at another server's broker, where settings say so. They are put on `stack`. */
export async function openMqtt(base: Base, house: House, sending: Sending, stack: AsyncDisposableStack): Promise<void> {
  await openExternal(base, sending, stack);
  await openEmbedded(base, house, sending, stack);
}

async function openExternal(
  { config, clock, random, logger }: Base,
  { topicRules, iotPublisher }: Sending,
  stack: AsyncDisposableStack,
): Promise<void> {
  const { HEARTH_MQTT_URL: url, HEARTH_DATA, HEARTH_ROLE } = config;
  if (url === undefined) return;
  // No two processes of a role share a data directory on one host.
  const name = createHash("sha256").update(`${hostname()} ${HEARTH_ROLE} ${HEARTH_DATA}`).digest("hex");
  const subscriber = stack.use(
    new ExternalSubscriber({
      ...{ url, clock, random, logger, rules: topicRules, where: mqttAccount(config) },
      clientId: `hearth-iot-${name.slice(0, 12)}`,
      publish: async (publication) => void (await iotPublisher.publish(publication, "external")),
    }),
  );
  await subscriber.start();
}

async function openEmbedded(base: Base, house: House, sending: Sending, stack: AsyncDisposableStack): Promise<void> {
  const { config, clock, logger } = base;
  const { HEARTH_MQTT_LISTEN: tcp, HEARTH_MQTT_TLS_LISTEN: tls, HEARTH_MQTT_WEBSOCKET_LISTEN: webSocket } = config;
  if (!tcp && !tls && !webSocket) return;
  const { database } = house.opened;
  const { keys, authorizer } = house.access;
  const door = new MqttDevices({
    keys,
    authorizer: authorizer(serviceHouse(base, house, sending)),
    certificates: new IotCertificateStore(database),
    policies: new IotPolicyStore(database),
    region: config.HEARTH_REGION,
    regions: new Set(regionsOf(config)),
    clock,
  });
  const { iotPublisher, iotMetrics: metrics, brokerSinks, sessionQueues, topicRules, otherBrokers } = sending;
  const broker = stack.use(
    new MqttBroker({
      ...{ door, metrics, clock, logger },
      maxConnections: config.HEARTH_MQTT_CONNECTIONS,
      retained: new IotRetainedStore(database),
      sessionStore: new IotSessionStore(database),
      sessionQueues,
      publish: async (publication) => {
        if (house.disk.isShort) throw new Error("the host has too little free disk space for messages");
        return await iotPublisher.publish(publication, "mqtt");
      },
    }),
  );
  stack.use(brokerSinks.add(broker));
  const changed = (key: string | undefined): void => {
    door.forget();
    void broker.checkClients(key);
  };
  stack.use(topicRules.watch(changed));
  if (otherBrokers) {
    const { processId } = otherBrokers;
    const store = new IotBrokerMessageStore(database);
    const others = stack.use(new OtherProcesses({ store, broker, processId, clock, logger }));
    await otherBrokers.listen(() => others.wake());
  }
  const accept: MqttBroker["accept"] = (arrival) => broker.accept(arrival);
  const identity = identityOf(config);
  const start = async (server: Server, address: ListenAddress, setting: string): Promise<void> => {
    const place = await listen(server, address, setting);
    stack.defer(() => void server.close());
    logger.info({ setting, address: formatAddress(place) }, "the embedded MQTT broker listens");
  };
  if (tcp) await start(tcpServer(accept), tcp, "HEARTH_MQTT_LISTEN");
  if (tls && identity) await start(tlsServer(identity, accept), tls, "HEARTH_MQTT_TLS_LISTEN");
  const origins = new Set(config.HEARTH_MQTT_ORIGINS);
  if (webSocket) {
    await start(webSocketServer(identity, origins, accept), webSocket, "HEARTH_MQTT_WEBSOCKET_LISTEN");
  }
}

function identityOf({ HEARTH_MQTT_TLS_CERT: cert, HEARTH_MQTT_TLS_KEY: key }: Config): ServerIdentity | undefined {
  if (cert === undefined || key === undefined) return undefined;
  return { cert: read(cert, "HEARTH_MQTT_TLS_CERT"), key: read(key, "HEARTH_MQTT_TLS_KEY") };
}

function read(path: string, setting: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new StartError(`${setting}=${path} cannot be read: ${(error as Error).message}`);
  }
}
