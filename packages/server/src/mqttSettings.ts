import { z } from "zod";
import { commaList, listenAddress, url, whole } from "./settingTypes.ts";

/** Settings of MQTT: the embedded broker, and another server's broker whose messages topic rules get. Part of `Settings`. */
export const mqttSettings = {
  HEARTH_MQTT_LISTEN: listenAddress
    .optional()
    .describe(
      "Address of an embedded MQTT 3.1.1 broker, such as `127.0.0.1:1883`, without TLS: loopback only. Clients log in with an access key id as user (`<id>@<region>` for another region than HEARTH_REGION) and its secret as password; topics are those of the key's account. See docs/events.md.",
    ),
  HEARTH_MQTT_TLS_LISTEN: listenAddress
    .optional()
    .describe(
      "Address of the embedded MQTT broker with TLS, such as `0.0.0.0:8883`. Clients may also show a certificate that was registered with `iot`.",
    ),
  HEARTH_MQTT_WEBSOCKET_LISTEN: listenAddress
    .optional()
    .describe("Address of the embedded MQTT broker over WebSocket; with TLS where HEARTH_MQTT_TLS_CERT is set."),
  HEARTH_MQTT_TLS_CERT: z
    .string()
    .optional()
    .describe("File with the certificate of the embedded MQTT broker and those above it, in PEM. Read at the start."),
  HEARTH_MQTT_TLS_KEY: z.string().optional().describe("File with the key of HEARTH_MQTT_TLS_CERT, in PEM."),
  HEARTH_MQTT_ORIGINS: commaList
    .prefault("")
    .describe(
      "Origins of pages that may open MQTT over WebSocket, separated by commas, such as `https://panel.example.org`. Clients that are no browsers send no origin and need none.",
    ),
  HEARTH_MQTT_CONNECTIONS: whole(2, 1_000_000)
    .default(4096)
    .describe("Clients that are connected to the embedded MQTT broker at a time; one account may have half of them."),
  HEARTH_MQTT_URL: url(["mqtt:", "mqtts:", "ws:", "wss:"])
    .optional()
    .describe(
      "Another server's MQTT 5 broker, with its user and password, whose messages the topic rules of HEARTH_MQTT_ACCOUNT get by shared subscriptions. What that account publishes and republishes goes there.",
    ),
  HEARTH_MQTT_ACCOUNT: z
    .string()
    .regex(/^\d{12}$/, "must be an account id of 12 digits")
    .optional()
    .describe("Account whose rules get the messages of HEARTH_MQTT_URL. Default: the owner's."),
};
