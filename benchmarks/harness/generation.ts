import type { Case, Effort, Group, ProbeCase, ServerCase } from '../cases/case.ts'
import type { SignedInHeaders } from '../subjects/subject.ts'
import { Contender } from './contender.ts'
import { orderOf } from './order.ts'
import { medianOf } from './statistics.ts'

/** What one generation of processes cost, by name of the case. */
export type Generation = ReadonlyMap<string, number>

function isServerCase (each: Case): each is ServerCase {
  return 'server' in each
}

function isProbeCase (each: Case): each is ProbeCase {
  return 'measure' in each
}

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
async function runServers (cases: readonly ServerCase[], effort: Effort): Promise<Generation> {
  const contenders = cases.map(each => new Contender(each))
  try {
    for (const contender of contenders) await contender.start()
    await prepare(contenders)
    await race(contenders, effort)
    return new Map(contenders.map(({ case: { name }, figures }) => [name, medianOf(figures)]))
  } finally {
    await Promise.all(contenders.map(contender => contender.stop()))
  }
}

async function runProbes (cases: readonly ProbeCase[], effort: Effort, index: number): Promise<Generation> {
  const costs = new Map<string, number>()
  for (const { name, measure } of orderOf(cases, index)) costs.set(name, await measure(effort))
  return costs
}

/** Measures each case of a group once, with processes of their own. */
export async function runGeneration ({ cases }: Group, effort: Effort, index: number): Promise<Generation> {
  const servers = cases.filter(isServerCase)
  const probes = cases.filter(isProbeCase)
  const costs = [...await runServers(servers, effort), ...await runProbes(probes, effort, index)]
  return new Map(costs)
}
