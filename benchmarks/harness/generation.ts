import type { Effort, Group, ServerGroup } from '../cases/case.ts'
import type { SignedInHeaders } from '../subjects/subject.ts'
import { Contender } from './contender.ts'
import { LoadProcess } from './load-process.ts'
import { orderOf } from './order.ts'
import { medianOf } from './statistics.ts'

/** What one generation of processes cost, by name of the case. */
export type Generation = ReadonlyMap<string, number>

/** Signs in everywhere, and gives those who look at no credential the requests of another. */
async function prepare (contenders: readonly Contender[]): Promise<void> {
  const signedIn = new Map<string, readonly SignedInHeaders[]>()
  for (const contender of contenders) {
    if (contender.case.sendsAs === undefined) signedIn.set(contender.case.name, await contender.signIn())
  }
  for (const contender of contenders) {
    const { name, sendsAs = name } = contender.case
    const headers = signedIn.get(sendsAs)
    if (headers === undefined) throw new Error(`${name} sends as ${sendsAs}, which signs nobody in`)
    await contender.prepare(headers)
  }
}

async function race (contenders: readonly Contender[], { rounds, warmUp, round }: Effort): Promise<void> {
  for (const contender of contenders) await contender.warmUp(warmUp)
  for (let index = 0; index < rounds; index++) {
    for (const contender of orderOf(contenders, index)) await contender.measure(round)
  }
}

/** Starts a server for each case, measures them in turns, and ends them. */
async function measureServers ({ cases }: ServerGroup, effort: Effort): Promise<Generation> {
  const load = new LoadProcess()
  const contenders = cases.map(each => new Contender(each, load))
  try {
    for (const contender of contenders) await contender.start()
    await prepare(contenders)
    await race(contenders, effort)
    return new Map(contenders.map(({ case: { name }, figures }) => [name, medianOf(figures)]))
  } finally {
    await Promise.all(contenders.map(contender => contender.stop()))
    await load.stop()
  }
}

/** Measures each case of a group once, with processes of their own. */
export async function measureGroup (group: Group, effort: Effort): Promise<Generation> {
  try {
    return 'measure' in group ? await group.measure(effort) : await measureServers(group, effort)
  } catch (cause) {
    throw new Error(`"${group.title}" cannot be measured`, { cause })
  }
}
