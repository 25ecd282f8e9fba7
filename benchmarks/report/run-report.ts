import type { Effort } from '../cases/case.ts'
import type { Machine } from '../harness/machine.ts'
import type { GroupOutcome } from '../harness/outcome.ts'
import { writeGroup } from './table.ts'

/** All that a run found out; also what is kept of it as JSON. */
export interface Run {
  readonly begin: Machine
  readonly end: Machine
  readonly versions: Readonly<Record<string, string>>
  readonly effort: Effort
  readonly groups: readonly GroupOutcome[]
}

function describeMachine ({ begin, end, effort }: Run): string {
  const minutes = Math.round((Date.parse(end.at) - Date.parse(begin.at)) / 60_000)
  return `${begin.cpu}, ${begin.cores} cores, ${begin.memory} GiB, ${begin.platform}, Node ${begin.node}. ` +
    `${begin.at.slice(0, 10)}, ${minutes} minutes; load average ${begin.load} at the start, ${end.load} at the end. ` +
    `${effort.generations} processes for each case, ${effort.rounds} rounds each.`
}

/** The figures of a run in Markdown. */
export function writeRun (run: Run): string {
  const versions = Object.entries(run.versions).map(([name, version]) => `${name} ${version}`).join(' · ')
  return [describeMachine(run), versions, ...run.groups.map(writeGroup)].join('\n\n')
}
