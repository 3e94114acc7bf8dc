import { NamedServerMetrics, Registry, silentLogger } from "@hearth/kit";
import { type ObjectServer, S3Error, Unanswered } from "@hearth/objects";
import { TableServerError } from "@hearth/tables";
import type { Config } from "../config.ts";
import { openObjectServer } from "../openObjectServer.ts";
import { openTableServer } from "../openPassedTables.ts";
import { StartError } from "../startError.ts";
import type { DoctorDeps } from "./doctorDeps.ts";
import { fail, type Finding, messageOf, ok, warn } from "./finding.ts";

const PATIENCE_MS = 5_000;
const S3 = "HEARTH_S3_ENDPOINT";
const DYNAMODB = "HEARTH_DYNAMODB_ENDPOINT";

/** The servers to which S3 and DynamoDB are passed on, where settings name them. */
export async function namedServerFindings(config: Config, { clock }: DoctorDeps): Promise<readonly Finding[]> {
  const metrics = new NamedServerMetrics(new Registry());
  const base = { config, clock, logger: silentLogger };
  await using stack = new AsyncDisposableStack();
  const groups = await Promise.all([objectFindings(), tableFindings()]);
  return groups.flat();

  async function objectFindings(): Promise<readonly Finding[]> {
    const { HEARTH_S3_ENDPOINT: endpoint = "", HEARTH_S3_GIVEN_BUCKETS: given } = config;
    try {
      const server = openObjectServer(base, metrics, stack);
      if (!server) return [];
      await statusOf(server);
      const missing: string[] = [];
      for (const { bucket } of given) if ((await statusOf(server, bucket)) === 404) missing.push(bucket);
      if (missing.length === 0) return [ok(S3, `${endpoint} answers`)];
      const remedy = "make them there, or take them out of HEARTH_S3_GIVEN_BUCKETS";
      return [warn(S3, `${endpoint} has no bucket ${missing.join(", ")}`, remedy)];
    } catch (error) {
      if (error instanceof StartError) return [fail(S3, error.message, "correct HEARTH_S3_CA")];
      const reason = messageOf(error instanceof S3Error ? (error.cause ?? error) : error);
      if (error instanceof Unanswered) {
        const remedy = `start it, or correct ${S3} and HEARTH_S3_CA`;
        return [fail(S3, `${endpoint} does not answer: ${reason}`, remedy)];
      }
      return [
        fail(S3, `${endpoint} does not serve Hearth: ${reason}`, "correct HEARTH_S3_ACCESS_KEY_ID and its secret"),
      ];
    }
  }

  async function tableFindings(): Promise<readonly Finding[]> {
    const { HEARTH_DYNAMODB_ENDPOINT: endpoint = "" } = config;
    const server = openTableServer(base, metrics, stack);
    if (!server) return [];
    const over = new AbortController();
    const late = clock
      .sleep(PATIENCE_MS, over.signal)
      .then(() => Promise.reject(new Error(`no answer within ${PATIENCE_MS} ms`)));
    try {
      await Promise.race([server.call("ListTables", { Limit: 1 }), late]);
    } catch (error) {
      // A key need not be allowed to list tables.
      if (!(error instanceof TableServerError) || error.fault === "server") {
        const found = `${endpoint} cannot be used: ${server.problem ?? messageOf(error)}`;
        return [fail(DYNAMODB, found, `start it, or correct ${DYNAMODB} and its key`)];
      }
    } finally {
      over.abort();
    }
    return [ok(DYNAMODB, `${endpoint} answers`)];
  }
}

/** The status with which the server answers about a bucket, or to a list of all. Rejects when it does not serve Hearth. */
async function statusOf(server: ObjectServer, bucket?: string): Promise<number> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const request = bucket === undefined ? { method: "GET" as const } : { method: "HEAD" as const, bucket };
    const answer = await server.send({ ...request, signal });
    answer.body.destroy();
    return answer.status;
  } catch (error) {
    // A key need not be allowed to list buckets.
    if (error instanceof S3Error && error.httpStatus < 500) return error.httpStatus;
    throw error;
  }
}
