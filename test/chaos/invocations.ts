import { SystemClock, systemRandom } from "@hearth/kit";
import { dockerAvailable, sampleFunctions, startHearth } from "@hearth/testkit";
import { AccountedLoad, missing, recordedRuns } from "../support/accounting.ts";
import { killPostgres } from "../support/chaos/wholeHearth.ts";
import { databaseOf } from "../support/database.ts";
import { createActive, lambdaClient } from "../support/lambda.ts";

const CALLERS = 8;
const MAX_FIRST_ANSWER_MS = 1_000;
const clock = new SystemClock();

/**
 * Sends SIGKILL at random times under load, `rounds` times, to all of Hearth or to its PostgreSQL alone, and counts answered invocations and accepted
 * events. Resolves with false when an accepted event did not run, when an answered invocation has no usage record or two, or when the first synchronous
 * answer came later than a second after Hearth was ready, for any backlog of events.
 */
export async function invocations(rounds: number, say: (line: string) => void): Promise<boolean> {
  const driver = (await dockerAvailable()) ? "docker" : "process";
  await using hearth = await startHearth({ driver });
  const client = lambdaClient(hearth);
  for (const FunctionName of ["sync", "async"]) {
    await createActive(client, { FunctionName, files: sampleFunctions.nodeEcho });
  }
  say(`${rounds} rounds on the ${driver} driver, ${CALLERS} callers and 2 senders of events`);
  const loads: AccountedLoad[] = [];
  let afterRestart = false;
  let tooLate = 0;
  for (let round = 1; round <= rounds; round++) {
    const load = new AccountedLoad(client);
    loads.push(load);
    const ended = Promise.all([
      ...Array.from({ length: CALLERS }, () => load.callSync()),
      load.callAsync(),
      load.callAsync(),
    ]);
    await clock.sleep(500 + systemRandom.fraction() * 3_500);
    if (afterRestart) {
      // In a round that is shorter than a second, a missing answer proves nothing.
      await clock.sleep(MAX_FIRST_ANSWER_MS);
      const { firstAnswerMs } = load;
      if (firstAnswerMs === undefined || firstAnswerMs > MAX_FIRST_ANSWER_MS) tooLate++;
      say(
        `first synchronous answer after a restart: ${firstAnswerMs === undefined ? "none" : `${Math.round(firstAnswerMs)} ms`}`,
      );
    }
    const victim = systemRandom.fraction() < 0.7 ? "all of Hearth" : "its PostgreSQL";
    if (victim === "its PostgreSQL") {
      await killPostgres(hearth);
      await clock.sleep(1_000);
    } else await hearth.kill("SIGKILL");
    load.stop();
    await ended;
    afterRestart = victim !== "its PostgreSQL";
    if (afterRestart) await hearth.start();
    say(`round ${round}: killed ${victim}; answered ${load.answered.length}, accepted ${load.accepted.length}`);
  }

  const answered = loads.flatMap((load) => load.answered);
  const accepted = loads.flatMap((load) => load.accepted);
  const unanswered = loads.reduce((sum, load) => sum + load.unanswered, 0);
  await using database = databaseOf(hearth);
  for (let waited = 0; waited < 240 && missing(accepted, await recordedRuns(database, "async")).length > 0; waited++) {
    await clock.sleep(500);
  }
  // The last second's records are on their way from the journal.
  for (let waited = 0; waited < 20 && missing(answered, await recordedRuns(database, "sync")).length > 0; waited++) {
    await clock.sleep(500);
  }
  const ran = await recordedRuns(database, "sync");
  const notRun = missing(accepted, await recordedRuns(database, "async")).length;
  const unmetered = missing(answered, ran).length;
  const doubled = ran.length - new Set(ran).size;
  say(
    `answered ${answered.length}, usage records ${ran.length}: ${unmetered} missing, ${doubled} doubled (${unanswered} calls were cut off)`,
  );
  say(`accepted ${accepted.length} events: ${notRun} did not run`);
  say(`first synchronous answers later than ${MAX_FIRST_ANSWER_MS} ms after a restart: ${tooLate}`);
  return notRun + unmetered + doubled + tooLate === 0 && ran.length - answered.length <= unanswered;
}
