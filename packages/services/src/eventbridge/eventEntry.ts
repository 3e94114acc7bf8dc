interface Entry {
  readonly Time?: Date | undefined;
  readonly Source?: string | undefined;
  readonly DetailType?: string | undefined;
  readonly Detail?: string | undefined;
  readonly Resources?: readonly string[] | undefined;
}

/** Why an entry of PutEvents fails alone. */
export interface EntryProblem {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

const TIME_BYTES = 14;
const MAX_DEPTH = 1000;

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-calculate-putevents-entry-size */
export function entryBytes({ Time, Source, DetailType, Detail, Resources = [] }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return (Time ? TIME_BYTES : 0) + texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), 0);
}

/** What an event consists of, or why EventBridge does not take it. */
export function checkEntry({
  Source,
  DetailType,
  Detail,
}: Entry): EntryProblem | { readonly source: string; readonly detailType: string; readonly detail: string } {
  if (!Source) return required("Source");
  if (!DetailType) return required("DetailType");
  if (Detail === undefined || Detail === "") return required("Detail");
  if (Source.toLowerCase().startsWith("aws."))
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  if (!isObject(Detail)) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  return { source: Source, detailType: DetailType, detail: Detail };
}

function required(member: string): EntryProblem {
  return {
    ErrorCode: "InvalidArgument",
    ErrorMessage: `Parameter ${member} is not valid. Reason: ${member} is a required argument.`,
  };
}

/** Whether `text` is a JSON object that is not nested deeper than AWS reads. */
function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) && depthOf(text) <= MAX_DEPTH;
  } catch {
    return false;
  }
}

/** Of valid JSON. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (isQuoted) {
      if (character === "\\") at++;
      else if (character === '"') isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === "{" || character === "[") deepest = Math.max(deepest, ++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return deepest;
}
