import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Database } from "@hearth/store";
import { sendingWorker, TO_ARN } from "./sendingWorker.ts";

/** A process that runs events and kills itself at `argv[3]`, a moment of the first settlement. `argv[2]` is its PostgreSQL, as JSON. */
const connection = JSON.parse(process.argv[2] ?? "{}") as object;
const database = new Database(
  { connection, max: 4 },
  { clock: new SystemClock(), random: systemRandom, logger: silentLogger },
);
const { worker } = sendingWorker(
  {
    database,
    connection,
    leaseMs: 1_000,
    sends: { onSuccess: TO_ARN },
    run: () =>
      Promise.resolve({ outcome: { kind: "success", payload: Buffer.from('"ran"') }, ExecutedVersion: "$LATEST" }),
    at: (moment) => {
      if (moment === process.argv[3]) process.kill(process.pid, "SIGKILL");
    },
  },
  new AsyncDisposableStack(),
);
worker.start();
