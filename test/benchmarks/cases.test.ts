import { test } from 'tap'
import type { Goal, Group } from '../../benchmarks/cases/case.ts'
import { groups } from '../../benchmarks/cases/index.ts'
import { readOptions } from '../../benchmarks/options.ts'
import { trackedFiles } from '../_tracked-files.ts'

function assertUnique (names: readonly string[]): boolean {
  return new Set(names).size === names.length && names.every(name => /^[\w-]+$/.test(name))
}

/** Names of cases that a group speaks of. */
function namesIn (group: Group): readonly string[] {
  const goals: readonly Goal[] = group.cases.flatMap(each => each.goals ?? [])
  const targets = goals.flatMap(({ target }) => typeof target === 'string' ? [target] : [])
  const sent = 'measure' in group ? [] : group.cases.flatMap(({ sendsAs }) => sendsAs ?? [])
  return [...goals.flatMap(goal => goal.with ?? []), ...targets, ...sent]
}

test('groups and their cases have names of their own', async t => {
  t.ok(assertUnique(groups.map(({ name }) => name)))
  for (const { name, cases } of groups) t.ok(assertUnique(cases.map(each => each.name)), name)
})

test('cases speak of cases of their own group', async t => {
  for (const group of groups) {
    const names = group.cases.map(({ name }) => name)
    t.strictSame(namesIn(group).filter(name => !names.includes(name)), [], group.name)
  }
})

test('what is measured lies in the folder of the subjects', async t => {
  const files = trackedFiles()
  const servers = groups.flatMap(group => 'measure' in group ? [] : group.cases)
  for (const { server: { module } } of servers) t.ok(files.includes(`benchmarks/subjects/${module}.ts`), module)
})

test('a limit is never stricter than the target', async t => {
  for (const { kind, target, limit } of groups.flatMap(({ cases }) => cases.flatMap(({ goals = [] }) => goals))) {
    if (typeof target !== 'number' || limit === undefined) continue
    t.ok(kind === 'share' ? limit <= target : limit >= target, `${kind} ${target} ${limit}`)
  }
})

test('a command line that cannot be meant is refused', async t => {
  t.throws(() => readOptions(['guarded']), /--only/)
  t.throws(() => readOptions(['--only']), /--only/)
  t.throws(() => readOptions(['--chekc']), { code: 'ERR_PARSE_ARGS_UNKNOWN_OPTION' })
  t.throws(() => readOptions(['--write', '--quick']), /figures that count/)
})

test('a full run has four processes for each case, and a soak of ten minutes where it is asked for', async t => {
  t.match(readOptions([]), { only: [], isCheck: false, writes: false, effort: { generations: 4 } })
  t.match(readOptions(['--check', '--soak', '--write']), { isCheck: true, writes: true, effort: { soakMinutes: 10 } })
  t.strictSame(readOptions(['--quick', '--only', 'guarded', 'public']).only, ['guarded', 'public'])
})
