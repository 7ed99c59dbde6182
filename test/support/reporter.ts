/**
 * Mocha's spec output, and the result for machines: one JSON object in the file that HL7_TEST_RESULT names
 * (`{passed, failed, skipped, skippedTests, failedTests}`). A failed hook is one failure.
 */
import { writeFileSync } from 'node:fs';
import { type MochaOptions, Runner, reporters, type Test } from 'mocha';

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Runner.constants;

class ResultReporter extends reporters.Spec {
  constructor(runner: Runner, options?: MochaOptions) {
    super(runner, options);
    let passed = 0;
    const skippedTests: string[] = [];
    const failedTests: string[] = [];
    runner.on(EVENT_TEST_PASS, () => {
      passed++;
    });
    runner.on(EVENT_TEST_PENDING, (test: Test) => skippedTests.push(test.fullTitle()));
    runner.on(EVENT_TEST_FAIL, (test: Test) => failedTests.push(test.fullTitle()));
    runner.once(EVENT_RUN_END, () => {
      const file = process.env.HL7_TEST_RESULT;
      if (!file) return;
      const result = { passed, failed: failedTests.length, skipped: skippedTests.length, skippedTests, failedTests };
      writeFileSync(file, JSON.stringify(result));
    });
  }
}

export = ResultReporter;
