import type { Case, Goal, Group, Relation } from '../cases/case.ts'
import type { Generation } from './generation.ts'
import { type Spread, spreadOf } from './statistics.ts'

/** A goal, and what was reached. */
export interface Judged extends Omit<Goal, 'target'> {
  readonly target: number | undefined
  /** Title of the case that it relates to; undefined for a cost by itself. */
  readonly other: string | undefined
  readonly reached: Spread
}

/** What one case cost, over all generations. */
export interface CaseOutcome {
  readonly name: string
  readonly title: string
  /** In the unit of the group. */
  readonly cost: Spread
  /** How it relates to the first case of the group. */
  readonly relation: Spread
  readonly goals: readonly Judged[]
}

export interface GroupOutcome {
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly relation: Relation
  readonly remark: string | undefined
  readonly cases: readonly CaseOutcome[]
}

const UNIT = 'µs of CPU per request'

function costIn (generation: Generation, name: string): number {
  const cost = generation.get(name)
  if (cost === undefined) throw new Error(`${name} was not measured`)
  return cost
}

/** What a goal asks about, in one generation. */
function measureOf (kind: Goal['kind'], name: string, other: string, generation: Generation): number {
  const own = costIn(generation, name)
  if (kind === 'cost') return own
  const others = costIn(generation, other)
  return kind === 'share' ? others / own : own / others
}

/** What a group is worth: each figure is a median over generations, and relates to the same generation. */
export function judgeGroup (group: Group, generations: readonly Generation[]): GroupOutcome {
  const { name, title, relation = 'share', remark, cases } = group
  const unit = 'unit' in group ? group.unit : UNIT
  const first = cases[0]?.name ?? ''
  const titles = new Map(cases.map(each => [each.name, each.title]))

  function over (kind: Goal['kind'], name: string, other = first): Spread {
    return spreadOf(generations.map(generation => measureOf(kind, name, other, generation)))
  }

  /** Nobody is better than another process of the very same server, unless by chance. */
  function targetOf (target: Goal['target']): number | undefined {
    return typeof target === 'string' ? Math.min(1, over('share', target).lowest) : target
  }

  function judge (goal: Goal, name: string): Judged {
    const other = goal.kind === 'cost' ? undefined : titles.get(goal.with ?? first)
    return { ...goal, target: targetOf(goal.target), other, reached: over(goal.kind, name, goal.with) }
  }

  function judgeCase ({ name, title, goals = [] }: Case): CaseOutcome {
    return {
      name, title, cost: over('cost', name), relation: over(relation, name), goals: goals.map(goal => judge(goal, name))
    }
  }

  return { name, title, unit, relation, remark, cases: cases.map(judgeCase) }
}

/** Whether what was reached is as good as a bound. */
export function holds ({ kind, reached: { median } }: Judged, bound: number): boolean {
  return kind === 'share' ? median >= bound : median <= bound
}
