import type { QueueSource } from "../../eventSource.ts";
import type { SourceDeps } from "../../sourceDeps.ts";
import { ownSource } from "../ownSource.ts";
import { MqttSubscription } from "./mqttSubscription.ts";

/** Messages of an MQTT broker: `mqtt/<connection>/<topic filter>`. */
export function mqttSource(deps: Pick<SourceDeps, "connections" | "authorities" | "clock" | "random">): QueueSource {
  const { clock, random } = deps;
  const protocols = ["mqtt:", "mqtts:", "ws:", "wss:"];
  const { placeOf, ...common } = ownSource({ name: "mqtt", kind: "mqtt", rest: /./s, protocols }, deps);
  return {
    ...common,
    shape: "queue",
    open: (mapping) => MqttSubscription.open(mapping, placeOf(mapping), { clock, random }),
    forget: (mapping) => MqttSubscription.forget(mapping, placeOf(mapping)),
  };
}
