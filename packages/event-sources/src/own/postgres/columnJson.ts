/** Object ids of types that every PostgreSQL has. */
const BOOL = 16;
const BYTEA = 17;
const INT2 = 21;
const INT4 = 23;
const OID = 26;
const JSON_TYPE = 114;
const FLOAT4 = 700;
const FLOAT8 = 701;
const JSONB = 3802;

/**
 * The JSON of a value that PostgreSQL has written as text. Numbers that a double holds exactly are numbers; `bigint`, `numeric` and money are text, because a
 * double would round them; `bytea` is base64; `json` and `jsonb` are the JSON that they contain; every other type is PostgreSQL's text.
 */
export function columnJson(typeOid: number, text: string): string {
  switch (typeOid) {
    case BOOL:
      return text === "t" ? "true" : "false";
    case INT2:
    case INT4:
    case OID:
    case JSON_TYPE:
    case JSONB:
      return text;
    case FLOAT4:
    case FLOAT8:
      return Number.isFinite(Number(text)) ? text : JSON.stringify(text);
    case BYTEA:
      return `"${Buffer.from(text.slice(2), "hex").toString("base64")}"`;
    default:
      return JSON.stringify(text);
  }
}
