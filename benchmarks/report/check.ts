import { type CaseOutcome, type GroupOutcome, holds, type Judged } from '../harness/outcome.ts'
import { formatFigure, formatSpread } from './figures.ts'

function complain (group: GroupOutcome, each: CaseOutcome, goal: Judged, limit: number): string {
  const { kind, other, reached } = goal
  const beside = other === undefined ? group.unit : `beside "${other}"`
  const bound = `${kind === 'share' ? 'at least' : 'at most'} ${formatFigure(kind, limit)}`
  return `${group.name}/${each.name}: "${each.title}" has ${formatSpread(kind, reached)} ${beside}, but must have ${bound}.`
}

/** What costs more than its limit, one sentence each. */
export function findRegressions (groups: readonly GroupOutcome[]): readonly string[] {
  return groups.flatMap(group => group.cases.flatMap(each => each.goals.flatMap(goal => {
    const { limit } = goal
    return limit === undefined || holds(goal, limit) ? [] : [complain(group, each, goal, limit)]
  })))
}
