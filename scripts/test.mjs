// `npm test [-- files or options of mocha]`: style, types, then every test with the coverage of nodes/lib.
// HL7_TEST_ONLY=tests leaves style, types and coverage out. The last line is always "N passed, N failed, N skipped".
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Lines of nodes/lib that a full run must reach, in percent. */
const COVERED_LINES = 95;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

/** The script that a package's command is, so that no shell is needed to run it. */
function command(name, bin = name) {
  const file = require.resolve(`${name}/package.json`);
  const entry = JSON.parse(readFileSync(file, 'utf8')).bin;
  return join(dirname(file), typeof entry === 'string' ? entry : entry[bin]);
}

function run(title, args, env = {}) {
  if (title) console.log(`\n== ${title}`);
  const done = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (done.error) console.error(done.error.message);
  return done.status === 0;
}

const testsOnly = process.env.HL7_TEST_ONLY === 'tests';
const chosen = process.argv.slice(2);
// With files or options for mocha only some tests run, and their coverage says nothing about the whole.
const whole = chosen.length === 0 && !testsOnly;
const specs = chosen.some((argument) => /^(\.?[\\/])?test\b/.test(argument)) ? [] : ['test/**/*.test.ts'];

const temp = mkdtempSync(join(tmpdir(), 'hl7-test-'));
const resultFile = join(temp, 'result.json');
const faults = [];
let result;

try {
  if (!testsOnly) {
    if (!run('style', [command('@biomejs/biome', 'biome'), 'check', '.'])) faults.push('biome check');
    if (!run('types', [command('typescript', 'tsc'), '--noEmit', '-p', 'tsconfig.json'])) faults.push('tsc');
  }

  const mocha = [
    command('mocha'),
    '--no-config',
    '--node-option=import=tsx',
    '--timeout=20000',
    '--forbid-only',
    '--extension=test.ts',
    '--recursive',
    '--reporter=test/support/reporter.ts',
    ...(whole ? ['--require=test/support/load-lib.ts'] : []),
    ...chosen,
    ...specs,
  ];
  const coverage = [
    command('c8'),
    '--all',
    '--include=nodes/lib/**/*.ts',
    '--exclude=**/*.d.ts',
    '--reporter=text',
    '--reporter=lcovonly',
    `--temp-directory=${join(temp, 'coverage')}`,
    ...(whole ? ['--check-coverage', `--lines=${COVERED_LINES}`] : []),
  ];
  const ran = run('tests', [...(testsOnly ? [] : [...coverage, process.execPath]), ...mocha], {
    HL7_TEST_RESULT: resultFile,
  });
  try {
    result = JSON.parse(readFileSync(resultFile, 'utf8'));
  } catch {
    faults.push('mocha ended without a result');
  }
  if (result && !ran && result.failed === 0) {
    faults.push(whole ? `coverage of nodes/lib below ${COVERED_LINES} % of lines, or mocha failed` : 'mocha failed');
  }
} finally {
  rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
}

const { passed = 0, failed = 0, skippedTests = [], failedTests = [] } = result ?? {};
if (result && passed + failed === 0 && skippedTests.length === 0) faults.push('no test was found');
/** True when a skipped test lacks a thing: the one it says it needs, or one that its title speaks of. */
function lacks(title, name) {
  const [, needed] = /\[needs ([^:\]]+):/.exec(title) ?? [];
  return needed === undefined ? title.toLowerCase().includes(name) : needed.toLowerCase() === name;
}

// What HL7_TEST_REQUIRE names must have run.
for (const name of (process.env.HL7_TEST_REQUIRE ?? '').split(',').filter((entry) => entry !== '')) {
  const left = skippedTests.filter((title) => lacks(title, name.trim().toLowerCase()));
  if (left.length > 0) faults.push(`${left.length} tests skipped although HL7_TEST_REQUIRE demands "${name}"`);
}
if (skippedTests.length > 0) console.log(`\nSkipped:\n${skippedTests.map((title) => `  ${title}`).join('\n')}`);
if (failedTests.length > 0) console.log(`\nFailed:\n${failedTests.map((title) => `  ${title}`).join('\n')}`);
if (faults.length > 0) console.log(`\nFaults:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
// A fault beside the tests counts as one failure each, so that no reader of the last line is misled.
console.log(`\n${passed} passed, ${failed + faults.length} failed, ${skippedTests.length} skipped`);
process.exitCode = failed + faults.length > 0 ? 1 : 0;
