import type { Effort, Group, ServerCase } from '../cases/case.ts'
import { Contender } from './contender.ts'
import { orderOf } from './order.ts'
import { medianOf } from './statistics.ts'

/** What one generation of processes had: microseconds of CPU per request, by name of the case. */
export type Generation = ReadonlyMap<string, number>

async function race (contenders: readonly Contender[], { rounds, warmUp, round }: Effort): Promise<void> {
  for (const contender of contenders) await contender.warmUp(warmUp)
  for (let index = 0; index < rounds; index++) {
    for (const contender of orderOf(contenders, index)) await contender.measure(round)
  }
}

/** Starts a server for each case, measures them in turns, and ends them. */
async function runGeneration (
  cases: readonly ServerCase[], effort: Effort, redisUrl: string | undefined
): Promise<Generation> {
  const contenders: Contender[] = []
  try {
    for (const each of cases) contenders.push(await Contender.start(each, redisUrl === undefined ? {} : { redisUrl }))
    await race(contenders, effort)
    return new Map(contenders.map(({ case: { name }, figures }) => [name, medianOf(figures)]))
  } finally {
    await Promise.all(contenders.map(contender => contender.stop()))
  }
}
