import { type CaseOutcome, type GroupOutcome, holds, type Judged } from '../harness/outcome.ts'
import { formatFigure, formatSpread } from './figures.ts'

function describeGoal (goal: Judged, first: string): string {
  const { kind, target, other, reached } = goal
  if (target === undefined) return ''
  const bound = `${kind === 'share' ? 'at least' : 'at most'} ${formatFigure(kind, target)}`
  const verdict = holds(goal, target) ? 'reached' : '**missed**'
  if (other === undefined || other === first) return `${bound}: ${verdict}`
  return `${bound} of ${other}: ${formatSpread(kind, reached)}, ${verdict}`
}

function writeRow ({ relation }: GroupOutcome, each: CaseOutcome, first: string): string {
  const isFirst = each.title === first
  const goals = each.goals.map(goal => describeGoal(goal, first)).filter(text => text !== '')
  const cells = [
    each.title, formatSpread('cost', each.cost), isFirst ? '' : formatSpread(relation, each.relation), goals.join('; ')
  ]
  return `| ${cells.join(' | ')} |`
}

/** One group as a Markdown table under a heading. */
export function writeGroup (group: GroupOutcome): string {
  const first = group.cases[0]?.title ?? ''
  const hasGoals = group.cases.some(({ goals }) => goals.some(({ target }) => target !== undefined))
  const head = [
    `| | ${group.unit} | ${group.relation === 'share' ? '% of the first' : 'times the first'} | ${hasGoals ? 'target' : ''} |`,
    '|---|---|---|---|'
  ]
  const rows = group.cases.map(each => writeRow(group, each, first))
  const parts = [`### ${group.title}`, ...group.remark === undefined ? [] : [group.remark], [...head, ...rows].join('\n')]
  return parts.join('\n\n')
}
