import type { Clock } from "@hearth/kit";
import { IotRetainedStore } from "@hearth/store";
import type { IotHouse } from "../iotHouse.ts";

export interface IotDataDeps {
  readonly publisher: IotHouse["iotPublisher"];
  readonly retained: IotRetainedStore;
  readonly clock: Clock;
  readonly disk: IotHouse["disk"];
}

export function openIotDataDeps({ database, iotPublisher, clock, disk }: IotHouse): IotDataDeps {
  return { publisher: iotPublisher, retained: new IotRetainedStore(database), clock, disk };
}
