import type { BusEvent } from "./busEvent.ts";

/** Reads what `eventText` wrote, such as an event that a rule sends to another bus; `undefined` when it is no such event. */
export function readEvent(text: string): BusEvent | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { id, source, account, region, time, resources, detail } = value;
  const replayName = value["replay-name"];
  const texts = [id, source, account, region, time, value["detail-type"]];
  if (!texts.every((one) => typeof one === "string") || !Array.isArray(resources) || detail === undefined)
    return undefined;
  return {
    id: String(id),
    source: String(source),
    detailType: String(value["detail-type"]),
    account: String(account),
    region: String(region),
    time: String(time),
    resources: resources.map(String),
    // `eventText` puts the detail last, so that its own text, with all digits, can be cut out.
    detail: detailText(text) ?? JSON.stringify(detail),
    ...(typeof replayName === "string" && { replayName }),
  };
}

const DETAIL = ',"detail":';

function detailText(text: string): string | undefined {
  const at = text.indexOf(`]${DETAIL}`);
  const inReplay = text.indexOf(`"${DETAIL}`);
  const start = at >= 0 ? at : inReplay;
  if (start < 0 || !text.endsWith("}")) return undefined;
  const detail = text.slice(start + 1 + DETAIL.length, -1);
  try {
    JSON.parse(detail);
    return detail;
  } catch {
    return undefined;
  }
}
