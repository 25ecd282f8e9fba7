import type { Goal } from '../../benchmarks/cases/case.ts'
import { type GroupOutcome, judgeGroup } from '../../benchmarks/harness/outcome.ts'

const server = { module: 'bare', name: 'bare' }

/** A group of two, where the first costs 10, and the second so much in each of three generations. */
export function outcomeOf (goals: readonly Goal[], costs: readonly number[] = [20, 40, 25]): GroupOutcome {
  const cases = [
    { name: 'first', title: 'the first', server },
    { name: 'second', title: 'fastify-login <& more>', server, goals }
  ]
  const generations = costs.map(cost => new Map([['first', 10], ['second', cost]]))
  return judgeGroup({ name: 'group', title: 'A group', remark: 'What it is about.', cases }, generations)
}
