import type { House } from "@hearth/access";
import type { Clock, Random } from "@hearth/kit";
import type { Streams } from "@hearth/streams";
import type { Tables } from "@hearth/tables";
import type { TableStorage } from "./tableStorage.ts";

/** What DynamoDB needs of a process, besides what every service needs. */
export interface TablesHouse extends House {
  readonly tables: Tables;
  readonly tableStorage: TableStorage;
  readonly streams: Streams;
}

export interface DynamoDeps {
  readonly tables: Tables;
  readonly storage: TableStorage;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly random: Random;
}

export function openDynamoDeps({ tables, tableStorage, streams, clock, random }: TablesHouse): DynamoDeps {
  return { tables, storage: tableStorage, streams, clock, random };
}
