import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Milliseconds that a file of a project takes about, for files whose last duration is not known. */
const TYPICAL_MS: Readonly<Record<string, number>> = { e2e: 45_000, integration: 10_000, conformance: 2_000 };
/** Of these it is known in a new clone too, because a worker would be left alone with one that starts late. */
const KNOWN_MS: Readonly<Record<string, number>> = {
  "test/integration/composition.test.ts": 350_000,
  "test/e2e/documentedCommands.test.ts": 130_000,
  "test/e2e/terraformWhole.test.ts": 160_000,
  "test/e2e/examples.test.ts": 140_000,
  "test/e2e/terraformEvents.test.ts": 140_000,
  "test/e2e/terraform.test.ts": 120_000,
  "packages/event-sources/src/kafka/kafkaSource.integration.test.ts": 70_000,
  "test/conformance/s3/passedOn.test.ts": 70_000,
  "test/conformance/dynamodb/passedOn.test.ts": 60_000,
  "test/conformance/iot/mqttBroker.test.ts": 60_000,
  "packages/environments/src/languages.integration.test.ts": 60_000,
  "packages/event-sources/src/sqs/sqsSource.integration.test.ts": 55_000,
};

/**
 * Starts the files of a group with the one that took longest last time (Vitest keeps the durations in .hearth/cache/tests), so that no
 * worker is left alone with a long file at the end. Vitest's own sequencer does this per project; here projects share a group. Those whose files
 * share their worker come last: Vitest ends such a worker as soon as the next file is of another project.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // The order of the base class decides among files of which nothing is known: the larger file first.
    const ranked = (await super.sort(files)).map((file) => ({ file, ms: this.#expectedMs(file) }));
    return ranked.toSorted((a, b) => placeOf(a.file) - placeOf(b.file) || b.ms - a.ms).map(({ file }) => file);
  }

  #expectedMs(file: TestSpecification): number {
    const last = this.ctx.cache.getTestSpecificationResult(file);
    if (last) return last.duration;
    return KNOWN_MS[relative(this.ctx.config.root, file.moduleId)] ?? TYPICAL_MS[file.project.name] ?? 0;
  }
}

function placeOf(file: TestSpecification): number {
  const { isolate, sequence } = file.project.config;
  return 2 * sequence.groupOrder + (isolate ? 0 : 1);
}
