import type { ClockJump } from "../clock/clockJump.ts";
import type { Transaction } from "../postgres/queryable.ts";
import { LEASE_MS } from "./invokerLease.ts";

/** After a jump of the clock, leases that held before it hold for `LEASE_MS` from now on: enough for their next renewal. */
export async function moveLeases(tx: Transaction, { jumpMs }: ClockJump): Promise<void> {
  for (const table of ["invokers", "pool_leases"]) {
    await tx.query(
      `UPDATE ${table} SET lease_until = clock_timestamp() + $2::float8 * interval '1 ms'
        WHERE lease_until > clock_timestamp() + CASE WHEN $1::float8 > 0 THEN -$1::float8 ELSE $2::float8 END * interval '1 ms'`,
      [jumpMs, LEASE_MS],
    );
  }
}
