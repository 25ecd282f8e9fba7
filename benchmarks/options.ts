import { parseArgs } from 'node:util'
import type { Effort } from './cases/case.ts'

/** What the command line asks for. */
export interface BenchOptions {
  readonly effort: Effort
  /** Names of groups; none means all. */
  readonly only: readonly string[]
  /** Whether to end with 1 where something costs more than its limit. */
  readonly isCheck: boolean
  /** Whether to write table and chart into `docs/`. */
  readonly writes: boolean
}

const FULL: Effort = {
  generations: 4,
  rounds: 4,
  warmUp: { milliseconds: 800 },
  round: { milliseconds: 300 },
  soakMinutes: 0.5
}

/** Good enough to see whether something works, not to say how much it costs. */
const QUICK: Effort = { ...FULL, generations: 2, rounds: 3, soakMinutes: 0.1 }

const SOAK_MINUTES = 10

/**
 * Reads what stands after `npm run bench --`.
 *
 * @throws TypeError for what is no option
 */
export function readOptions (args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      check: { type: 'boolean', default: false },
      only: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      soak: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false }
    }
  })
  const { check, only, quick, soak, write } = values
  if (only !== (positionals.length > 0)) throw new TypeError('Write --only and the names of groups.')
  if (write && quick) throw new TypeError('--write is for figures that count: leave --quick out.')
  const effort = quick ? QUICK : FULL
  return {
    effort: soak ? { ...effort, soakMinutes: SOAK_MINUTES } : effort,
    only: positionals,
    isCheck: check,
    writes: write
  }
}
