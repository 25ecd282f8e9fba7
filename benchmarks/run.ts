/** `npm run bench`: measures, prints, keeps the run as JSON, and on demand checks it or writes it into the docs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Effort, Group } from './cases/case.ts'
import { groups } from './cases/index.ts'
import { type Generation, measureGroup } from './harness/generation.ts'
import { lookAtMachine } from './harness/machine.ts'
import { judgeGroup } from './harness/outcome.ts'
import { versionsOfAll } from './harness/versions.ts'
import { readOptions } from './options.ts'
import { drawChart } from './report/chart.ts'
import { findRegressions } from './report/check.ts'
import { putBetweenMarks } from './report/page.ts'
import { type Run, writeRun } from './report/run-report.ts'

const RESULTS = join(import.meta.dirname, '.results')
const PAGE = join(import.meta.dirname, '../docs/explanation/performance.md')
const CHART = join(import.meta.dirname, '../docs/explanation/performance.svg')

function choose (names: readonly string[]): readonly Group[] {
  const unknown = names.find(name => groups.every(group => group.name !== name))
  if (unknown === undefined) return groups.filter(({ name }) => names.length === 0 || names.includes(name))
  throw new TypeError(`There is no group ${unknown}: ${groups.map(({ name }) => name).join(', ')}.`)
}

/** Generation after generation of everything, so that no group has a quiet minute for itself. */
async function measure (chosen: readonly Group[], effort: Effort): Promise<Run> {
  const begin = lookAtMachine()
  const generations = new Map<Group, Generation[]>(chosen.map(group => [group, []]))
  for (let index = 0; index < effort.generations; index++) {
    for (const [group, measured] of generations) {
      if (index >= (group.generations ?? effort.generations)) continue
      console.error(`${index + 1}/${effort.generations} ${group.title}`)
      measured.push(await measureGroup(group, effort))
    }
  }
  const outcomes = [...generations].map(([group, measured]) => judgeGroup(group, measured))
  return { begin, end: lookAtMachine(), versions: versionsOfAll(), effort, groups: outcomes }
}

function keep (run: Run): void {
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(join(RESULTS, `${run.begin.at.replaceAll(':', '-')}.json`), JSON.stringify(run, undefined, 2))
}

function writeIntoDocs (run: Run, report: string): void {
  writeFileSync(PAGE, putBetweenMarks(readFileSync(PAGE, 'utf8'), report))
  writeFileSync(CHART, drawChart(run.groups))
}

const { effort, only, isCheck, writes } = readOptions(process.argv.slice(2))
const run = await measure(choose(only), effort)
const report = writeRun(run)
console.log(report)
keep(run)
if (writes) writeIntoDocs(run, report)
const regressions = isCheck ? findRegressions(run.groups) : []
for (const regression of regressions) console.error(regression)
if (regressions.length > 0) process.exitCode = 1
