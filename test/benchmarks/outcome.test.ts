import { test } from 'tap'
import { holds, judgeGroup } from '../../benchmarks/harness/outcome.ts'
import { outcomeOf } from './_outcomes.ts'

test('a share is what is left of the throughput of the first, in the same generation', async t => {
  const [first, second] = outcomeOf([]).cases
  t.strictSame(first?.relation, { median: 1, lowest: 1, highest: 1 })
  t.strictSame(second?.relation, { median: 0.4, lowest: 0.25, highest: 0.5 })
  t.strictSame(second?.cost, { median: 25, lowest: 20, highest: 40 })
})

test('a share has to be so much at least, a multiple and a cost at most', async t => {
  const goals = outcomeOf([{ kind: 'share' }, { kind: 'multiple' }, { kind: 'cost' }]).cases[1]?.goals ?? []
  t.strictSame(goals.map(({ reached }) => reached.median), [0.4, 2.5, 25])
  t.strictSame(goals.map(goal => holds(goal, goal.reached.median)), [true, true, true])
  t.strictSame(goals.map(goal => holds(goal, goal.reached.median * 1.01)), [false, true, true])
  t.strictSame(goals.map(goal => holds(goal, goal.reached.median * 0.99)), [true, false, false])
})

test('where the target is the noise, it is the worst that another run of the first has', async t => {
  const server = { module: 'bare', name: 'bare' }
  const cases = ['first', 'again', 'faster'].map(name => ({ name, title: name, server }))
  const goals = [{ kind: 'share', target: 'again' }, { kind: 'share', target: 'faster' }] as const
  const group = { name: 'group', title: '', cases: [...cases, { name: 'ours', title: '', server, goals }] }
  const generations = [8, 10, 12.5].map(again => new Map([['first', 10], ['again', again], ['faster', 5], ['ours', 11]]))
  t.strictSame(judgeGroup(group, generations).cases.at(-1)?.goals.map(({ target }) => target), [0.8, 1])
})

test('a case without a cost is an error, not a gap', async t => {
  const group = { name: 'group', title: '', cases: [{ name: 'a', title: '', server: { module: '', name: '' } }] }
  t.throws(() => judgeGroup(group, [new Map()]), /a was not measured/)
})
