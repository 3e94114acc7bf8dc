import { adminClient } from "./adminClient.ts";
import { command, JSON_OPTION } from "./command.ts";
import { endpointOf, fetchOrExplain, RequestError } from "./signedRequest.ts";
import { statusText } from "./statusText.ts";
import type { Terminal } from "./terminal.ts";
import type { Environments, Status, WholeStatus } from "./wholeStatus.ts";

export const status = command({
  name: "status",
  positionals: [],
  options: { json: JSON_OPTION },
  summary: "says whether Hearth runs, what it is doing, and what is not right",
  details: "Without the owner's key it says whether Hearth is ready, and how many environments the key's account has.",
  examples: ["hearth status", "hearth status --json"],
  failure: "when something is not right, or Hearth could not be reached",
  async run({ values }, terminal) {
    const whole = await readStatus(terminal);
    terminal.out(values.json ? JSON.stringify(whole, null, 2) : statusText(whole, terminal.now()));
    return whole.problems.length === 0 ? 0 : 1;
  },
});

async function readStatus({ env }: Terminal): Promise<WholeStatus> {
  const endpoint = endpointOf(env);
  const answer = await fetchOrExplain(new URL("/readyz", endpoint));
  const [first = "", ...others] = (await answer.text()).trim().split("\n");
  const isHearth = answer.status === 503 || (answer.ok && first === "ready");
  if (!isHearth) {
    throw new RequestError(
      `${endpoint.origin} answers, but not as Hearth does. Check that AWS_ENDPOINT_URL is Hearth's address.`,
    );
  }
  const client = adminClient(env);
  const [status, environments] = await Promise.all([
    unlessDenied(client.get("/_hearth/status", {})) as Promise<Status | string>,
    unlessDenied(client.get("/_hearth/environments", {})) as Promise<Environments | string>,
  ]);
  const problems = new Set([
    ...(answer.ok ? [] : [`Hearth is not ready: ${first}`]),
    ...others,
    ...(typeof status === "object" ? status.problems : []),
    ...[status, environments].filter((it) => typeof it === "string" && it !== ""),
  ]) as ReadonlySet<string>;
  return {
    endpoint: endpoint.origin,
    isReady: answer.ok,
    ...(typeof status === "object" && { status }),
    ...(typeof environments === "object" && { environments }),
    problems: [...problems],
  };
}

/** Resolves with the answer, with an empty text when the key's owner may not have it, or with the reason why there is none. */
async function unlessDenied(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    if (error.code === "AccessDeniedException") return "";
    if (error.status >= 500 || error.status === 0) return error.message;
    throw error;
  }
}
