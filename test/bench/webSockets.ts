import { setTimeout as sleep } from "node:timers/promises";
import { readFile } from "node:fs/promises";
import { ApiGatewayV2Client, CreateApiCommand, CreateStageCommand } from "@aws-sdk/client-apigatewayv2";
import { startHearth } from "@hearth/testkit";
import { WebSocket } from "ws";
import { residentMemory } from "./residentMemory.ts";

/** What idle connections of a WebSocket API cost: memory and processor time of Hearth with SOCKETS of them, beside none. */
const SOCKETS = Number(process.env["SOCKETS"] ?? 5_000);
const SECONDS = Number(process.env["SECONDS"] ?? 20);
const AT_A_TIME = 50;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const limit = String(SOCKETS + 100);
await using hearth = await startHearth({
  driver: "process",
  env: {
    HEARTH_LOG_LEVEL: "warn",
    HEARTH_CONNECTIONS_PER_PEER: limit,
    HEARTH_CONNECTIONS: limit,
    HEARTH_WEB_SOCKETS: limit,
  },
});
const apis = new ApiGatewayV2Client(hearth.clientConfig);
const { ApiId = "" } = await apis.send(
  new CreateApiCommand({ Name: "bench", ProtocolType: "WEBSOCKET", RouteSelectionExpression: "$request.body.action" }),
);
await apis.send(new CreateStageCommand({ ApiId, StageName: "live", AutoDeploy: true }));
const url = `${hearth.endpoint.replace(/^http/, "ws")}/_hearth/api/${ApiId}/live`;

const before = await measure();
const sockets: WebSocket[] = [];
for (let at = 0; at < SOCKETS; at += AT_A_TIME) {
  sockets.push(...(await Promise.all(Array.from({ length: Math.min(AT_A_TIME, SOCKETS - at) }, open))));
}
const after = await measure();
const mb = after.mb - before.mb;
say(
  `${SOCKETS} idle connections take ${mb.toFixed(0)} MB (${((mb * 1024) / SOCKETS).toFixed(1)} KB each; promise: below 150 MB for 5,000)`,
);
say(
  `and ${(after.share * 100).toFixed(2)} % of a core, beside ${(before.share * 100).toFixed(2)} % without them (promise: 1 % more)`,
);
for (const socket of sockets) socket.terminate();

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return socket;
}

/** Memory of Hearth's main process, and its part of a core over some idle seconds. */
async function measure(): Promise<{ readonly mb: number; readonly share: number }> {
  await sleep(5_000);
  const begun = await processorMs();
  await sleep(SECONDS * 1000);
  const share = ((await processorMs()) - begun) / (SECONDS * 1000);
  const main = (await residentMemory(hearth.pid)).find(({ name }) => name === "control, invoker and events");
  if (!main) throw new Error("Hearth's main process was not found");
  return { mb: main.pssMb, share };
}

async function processorMs(): Promise<number> {
  const stat = await readFile(`/proc/${hearth.pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
