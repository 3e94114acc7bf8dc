import { IotSqlError } from "./iotSqlError.ts";
import { select } from "./select.ts";
import type { SqlBudget } from "./sqlBudget.ts";
import type { Expression, SqlMessage } from "./sqlContext.ts";
import { type ParsedStatement, SqlParser } from "./sqlParser.ts";
import type { SqlValue } from "./sqlValue.ts";
import { isTopicFilter, TopicFilter } from "./topicFilter.ts";

/** AWS limits a whole rule to 256 KB; its statement here is much shorter, so that compiling it costs little. */
export const MAX_SQL_CHARACTERS = 32_768;

/** The statement of a topic rule, compiled: `SELECT … FROM 'filter' WHERE …`. */
export class IotStatement {
  /** `undefined` without FROM: no published message is for it. */
  readonly filter: TopicFilter | undefined;
  readonly #parsed: ParsedStatement;

  /** Throws IotSqlError. */
  constructor(sql: string) {
    if (sql.length > MAX_SQL_CHARACTERS) {
      throw new IotSqlError(`the statement has more than ${MAX_SQL_CHARACTERS} characters`);
    }
    this.#parsed = new SqlParser(sql).statement();
    const { from } = this.#parsed;
    if (from !== undefined && !isTopicFilter(from)) throw new IotSqlError(`${from} is not a topic filter`);
    this.filter = from === undefined ? undefined : new TopicFilter(from);
  }

  /**
   * The bytes that the actions get; `undefined` when WHERE is not true, or nothing is selected. Throws SqlBudgetExceeded.
   * A JSON payload that is selected as a whole is passed on as it came.
   */
  run(message: SqlMessage, budget: SqlBudget): Uint8Array | undefined {
    const context = { message, budget };
    const { selection, where } = this.#parsed;
    if (where && where(context, message.payload) !== true) return undefined;
    const isBinary = message.payload instanceof Uint8Array;
    // As on AWS, `*` beside other items needs JSON.
    if (isBinary && selection.items.length > 1 && selection.items.some(({ isAll }) => isAll)) return undefined;
    const selected = select(selection, context, message.payload);
    if (selected === undefined) return undefined;
    return selected === message.payload ? message.bytes : bytesOf(selected, budget);
  }
}

function bytesOf(value: SqlValue, budget: SqlBudget): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const text = JSON.stringify(value) ?? "";
  budget.spend(text.length);
  return Buffer.from(text);
}

/** An expression by itself, as in a template. Throws IotSqlError. */
export function parseExpression(text: string): Expression {
  return new SqlParser(text).expression();
}
