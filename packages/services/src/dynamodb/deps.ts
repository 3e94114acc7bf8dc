import type { House } from "@hearth/access";
import type { Clock, Random } from "@hearth/kit";
import type { Streams } from "@hearth/streams";
import type { DynamoTableKey } from "@hearth/store";
import type { PassedTables, Tables } from "@hearth/tables";
import type { TableStorage } from "./tableStorage.ts";

/** What DynamoDB needs of a process, besides what every service needs. */
export interface TablesHouse extends House {
  readonly tables: Tables;
  /** Present when tables lie on a server that the settings name, and not in Hearth. */
  readonly passedTables?: PassedTables | undefined;
  readonly tableStorage: TableStorage;
  readonly streams: Streams;
}

/** What Hearth keeps of a table itself, wherever its items lie. */
interface NotesOfTable {
  readonly tags: Readonly<Record<string, string>>;
  readonly policy: string | null;
}

/** Tables as the operations on tags and policies need them. */
export interface TableNotes {
  readonly tables: {
    find(key: DynamoTableKey): Promise<NotesOfTable | undefined>;
    /** As `find`, if that needs no look-up. */
    known?(key: DynamoTableKey): NotesOfTable | undefined;
    readonly store: {
      change(key: DynamoTableKey, change: (table: NotesOfTable) => Partial<NotesOfTable>): Promise<object | undefined>;
    };
    readonly directory: { forget(key: DynamoTableKey): void };
  };
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
