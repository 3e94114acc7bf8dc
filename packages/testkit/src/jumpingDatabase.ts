import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Database } from "@hearth/store";
import { type TestDatabase, testDatabase } from "./postgres.ts";

export interface JumpingDatabase extends TestDatabase {
  /** Moves the clock of this database by `ms`, back when it is negative. */
  jump(ms: number): Promise<void>;
}

/** A test database whose clock can be moved: `now()` and `clock_timestamp()` of every statement and column default are functions of its own. */
export async function jumpingDatabase(): Promise<JumpingDatabase> {
  const made = await testDatabase();
  await made.database.query(`
    CREATE SCHEMA fake;
    CREATE TABLE fake.moved (by interval NOT NULL);
    INSERT INTO fake.moved VALUES ('0');
    CREATE FUNCTION fake.now() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT pg_catalog.now() + by FROM fake.moved';
    CREATE FUNCTION fake.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS 'SELECT pg_catalog.clock_timestamp() + by FROM fake.moved';
    DO $$
    DECLARE it record;
    BEGIN
      EXECUTE format('ALTER DATABASE %I SET search_path = fake, pg_catalog, public', current_database());
      PERFORM set_config('search_path', 'fake, pg_catalog, public', true);
      FOR it IN SELECT adrelid::regclass AS name, attname, pg_get_expr(adbin, adrelid) AS was FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
                 WHERE pg_get_expr(adbin, adrelid) ~ '(now|clock_timestamp)\\(\\)' LOOP
        EXECUTE format('ALTER TABLE %s ALTER %I SET DEFAULT %s', it.name, it.attname, regexp_replace(it.was, 'pg_catalog\\.', '', 'g'));
      END LOOP;
    END $$`);
  const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
  // The setting holds for new connections.
  const database = new Database({ connection: made.connection }, deps);
  return {
    database,
    connection: made.connection,
    jump: async (ms) => {
      await database.query("UPDATE fake.moved SET by = by + $1::float8 * interval '1 ms'", [ms]);
    },
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await made[Symbol.asyncDispose]();
    },
  };
}
