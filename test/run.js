/**
 * Runs the suite: `npm test`, or `npm test -- test/guard` and whatever else tap takes.
 *
 * Tests that need a service which is not here are skipped and listed at the end, and complete coverage is then not
 * demanded. With `REQUIRE_SERVICES=1` it is, and every skipped test is a failure.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileAll } from './_compile.js'
import { neverLoaded } from './_never-loaded.js'
import { readReport } from './_report.js'
import './_setup.js'

const root = join(import.meta.dirname, '..')
const record = join(root, '.tap/record.tap')
const summary = join(root, '.tap/totals.txt')

const args = process.argv.slice(2)
const isStrict = process.env.REQUIRE_SERVICES === '1'

/** What is seen while the tests run; both leave a record behind. */
const output = process.stdout.isTTY ? [`--output-file=${record}`] : ['--reporter=./test/_reporter.js']

async function tap (...args) {
  const program = join(root, 'node_modules/tap/dist/esm/run.mjs')
  const env = { ...process.env, TEST_RECORD: record }
  const child = spawn(process.execPath, [program, ...args], { cwd: root, env, stdio: 'inherit' })
  const [code] = await once(child, 'close')
  return code === 0
}

/** Whether the tests ran all of the library; says what they did not. */
async function isCovered () {
  const missed = neverLoaded(root)
  for (const file of missed) console.log(`No test loads ${file}.`)
  return await tap('report', '--no-show-full-coverage') && missed.length === 0
}

/** The reason of a skipped test begins with "needs NAME:" where it misses a service. */
function missingService ({ reason }) {
  return /^needs ([^:]+):/.exec(reason)?.[1]
}

function printSkipped (skipped) {
  for (const service of new Set(skipped.map(missingService))) {
    console.log(service === undefined ? '\nSKIPPED:' : `\nSKIPPED, because ${service} is missing:`)
    for (const test of skipped) if (missingService(test) === service) console.log(`  ${test.path.join(' > ')}`)
  }
}

/** Coverage costs a sixth of the time, also where nobody asks how much it was. */
async function coverageOptions () {
  const { hasAllServices } = await import('./_services.ts')
  const isWanted = args.length === 0 && (isStrict || hasAllServices())
  return isWanted
    ? ['--coverage-report=none', '--allow-incomplete-coverage', '--allow-empty-coverage']
    : ['--disable-coverage']
}

async function run () {
  mkdirSync(join(root, '.tap'), { recursive: true })
  for (const file of [record, summary]) rmSync(file, { force: true })
  if (process.features.typescript === undefined) await compileAll()
  const isGreen = await tap('run', ...output, ...await coverageOptions(), ...args)

  const report = existsSync(record) ? readReport(readFileSync(record, 'utf8')) : undefined
  if (report === undefined) return args.length > 0 && isGreen
  const { passed, skipped } = report
  const failed = report.failed + (isStrict ? skipped.length : 0)
  const isWaived = !isStrict && skipped.some(missingService)
  const isShort = args.length === 0 && !isWaived && !await isCovered()
  printSkipped(skipped)
  if (isWaived) console.log('\nA run without all services need not cover all of lib/.')
  if (isShort) console.log('\nThe tests do not cover all of lib/.')

  const failures = report.causes.map(({ path }) => `FAILED: ${path.join(' > ')}`)
  const lines = [...failures, report.totals, `${passed} passed, ${failed} failed`].join('\n')
  writeFileSync(summary, `${lines}\n`)
  console.log(`\n${lines}`)
  return isGreen && !isShort && failed === 0
}

process.exitCode = await run() ? 0 : 1
