import type { QueueSource } from "../../eventSource.ts";
import type { SourceDeps } from "../../sourceDeps.ts";
import { secureSource } from "../ownSource.ts";
import { MqttSubscription } from "./mqttSubscription.ts";

/** Messages of an MQTT broker: `mqtt/<connection>/<topic filter>`. */
export function mqttSource(
  deps: Pick<SourceDeps, "connections" | "authorities" | "secretOf" | "clock" | "random">,
): QueueSource {
  const { clock, random } = deps;
  const protocols = ["mqtt:", "mqtts:", "ws:", "wss:"];
  const { placeOf, ...common } = secureSource({ name: "mqtt", kind: "mqtt", rest: /./s, protocols }, deps);
  return {
    ...common,
    shape: "queue",
    open: async (mapping) => await MqttSubscription.open(mapping, await placeOf(mapping), { clock, random }),
    forget: async (mapping) => await MqttSubscription.forget(mapping, await placeOf(mapping)),
  };
}
