import { Child } from '../harness/child.ts'
import type { Generation } from '../harness/generation.ts'
import { privateKeys } from '../harness/keys.ts'
import { ServerProcess } from '../harness/server-process.ts'
import type { Case, ProbeGroup, ServerCase } from './case.ts'
import { ours } from './servers.ts'

const FLAGS = ['--max-old-space-size=4096']

/** Bytes of each of so many texts in the store itself. */
async function fillStore (sessions: number): Promise<number> {
  const child = new Child(new URL('../memory/memory-main.ts', import.meta.url), FLAGS)
  try {
    return await child.ask('fill', sessions) as number
  } finally {
    await child.stop()
  }
}

/** Bytes of each of so many people who sign in at a server. */
async function signInAt (server: ServerCase['server'], people: number): Promise<number> {
  const running = await ServerProcess.start({ ...server, settings: { privateKeys } }, FLAGS)
  try {
    await running.signIn(1000)
    const before = await running.usedBytes()
    await running.signIn(people)
    return (await running.usedBytes() - before) / people
  } finally {
    await running.stop()
  }
}

interface MemoryCase extends Case {
  readonly bytes: () => Promise<number>
}

const cases: readonly MemoryCase[] = [
  {
    name: 'store',
    title: 'fastify-login, 1,000,000 texts of 200 bytes in the store itself',
    goals: [{ kind: 'cost', target: 500 }],
    bytes: () => fillStore(1_000_000)
  },
  {
    name: 'ours',
    title: 'fastify-login, 100,000 people signed in',
    bytes: () => signInAt(ours('inMemory'), 100_000)
  },
  {
    name: 'fastify-session',
    title: '@fastify/session, 100,000 people signed in',
    bytes: () => signInAt({ module: 'fastify-session', name: 'inMemory' }, 100_000)
  }
]

async function measure (): Promise<Generation> {
  const costs = new Map<string, number>()
  for (const { name, bytes } of cases) costs.set(name, await bytes())
  return costs
}

export const memory: ProbeGroup = {
  name: 'memory',
  title: 'Memory for a session',
  remark: 'With keys and indexes, without garbage. Each person is described by about 200 bytes of JSON; a session of ' +
    'fastify-login is sealed with a key that only the browser has.',
  unit: 'bytes per session',
  relation: 'multiple',
  generations: 1,
  cases,
  measure
}
