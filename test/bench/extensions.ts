import { PublishLayerVersionCommand } from "@aws-sdk/client-lambda";
import { startHearth, zipOf } from "@hearth/testkit";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";
import { drive, type LoadResult, median } from "./load.ts";
import { signedInvokes } from "./signedRequests.ts";

/**
 * What an extension that answers at once adds to a warm call: the same no-op function with and without one, by one caller, in interleaved rounds.
 * `ROUNDS` bounds it.
 */
const ROUNDS = Number(process.env["ROUNDS"] ?? 7);
const REQUESTS = 2_000;
const RUNTIME = "nodejs22.x";
const FILES = { "index.mjs": "export const handler = async (event) => event;\n" };
/** On one connection, with as little of HTTP as the API needs. */
const EXTENSION = `#!/var/lang/bin/node
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const api = require("node:net").connect({ host, port: Number(port), noDelay: true });
const REGISTER = '{"events":["INVOKE","SHUTDOWN"]}';
api.write("POST /2020-01-01/extension/register HTTP/1.1\\r\\nHost: h\\r\\nLambda-Extension-Name: lean\\r\\nContent-Length: " + REGISTER.length + "\\r\\n\\r\\n" + REGISTER);
let next;
api.setEncoding("latin1");
// Each answer is small enough to come in one piece.
api.on("data", (answer) => {
  if (answer.includes("SHUTDOWN")) process.exit(0);
  next ??= "GET /2020-01-01/extension/event/next HTTP/1.1\\r\\nHost: h\\r\\nLambda-Extension-Identifier: " + /identifier: (\\S+)/i.exec(answer)[1] + "\\r\\n\\r\\n";
  api.write(next);
});
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await using hearth = await startHearth({ driver: "docker", env: { HEARTH_LOG_LEVEL: "warn" } });
const client = lambdaClient(hearth);
const { LayerVersionArn = "" } = await client.send(
  new PublishLayerVersionCommand({
    LayerName: "lean",
    Content: { ZipFile: await zipOf({ "extensions/lean": { content: EXTENSION, mode: 0o755 } }) },
  }),
);
await createActive(client, { FunctionName: "plain", files: FILES, Runtime: RUNTIME });
await createActive(client, { FunctionName: "extended", files: FILES, Runtime: RUNTIME, Layers: [LayerVersionArn] });
const { port } = new URL(hearth.endpoint);
const { credentials, region } = hearth.clientConfig;
const results = { plain: [] as LoadResult[], extended: [] as LoadResult[] };
for (const functionName of ["plain", "extended"]) await invoke(client, functionName, {});
for (let round = 0; round <= ROUNDS; round++) {
  for (const functionName of ["plain", "extended"] as const) {
    const target = { port: Number(port), functionName, region, ...credentials };
    // The first round warms both up and is not counted.
    const result = await drive(target.port, 1, signedInvokes(round === 0 ? REQUESTS / 5 : REQUESTS, target));
    if (round > 0) results[functionName].push(result);
  }
}
say("| | p50 ms | p99 ms |");
say("|---|---|---|");
for (const [name, of] of Object.entries(results)) {
  const figure = (which: "p50Ms" | "p99Ms"): string => median(of.map((result) => result[which])).toFixed(3);
  say(`| ${name} | ${figure("p50Ms")} | ${figure("p99Ms")} |`);
}
const added = median(results.extended.map(({ p50Ms }, i) => p50Ms - (results.plain[i]?.p50Ms ?? 0)));
say(`an extension that answers at once adds ${added.toFixed(3)} ms to a warm call (p50; at most 0.3 is promised)`);
