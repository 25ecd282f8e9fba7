import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Generation } from '../harness/generation.ts'
import { medianOf } from '../harness/statistics.ts'
import type { Case, ProbeGroup } from './case.ts'

const run = promisify(execFile)
const PROGRAM = join(import.meta.dirname, '../start-up/start.js')
const STARTS = 5

/** The names are those of the program. */
const cases: readonly Case[] = [
  { name: 'bare', title: 'bare Fastify' },
  { name: 'ours', title: 'fastify-login' },
  { name: 'secureSession', title: '@fastify/secure-session' }
]

/** Milliseconds of CPU. */
async function startOnce (name: string): Promise<number> {
  const { stdout } = await run(process.execPath, [PROGRAM, name])
  return Number(stdout) / 1000
}

async function measure (): Promise<Generation> {
  const costs = new Map<string, number[]>(cases.map(({ name }) => [name, []]))
  for (let start = 0; start < STARTS; start++) {
    for (const [name, values] of costs) values.push(await startOnce(name))
  }
  return new Map([...costs].map(([name, values]) => [name, medianOf(values)]))
}

export const startUp: ProbeGroup = {
  name: 'start-up',
  title: 'Loading the packages and starting an application',
  remark: 'Until it listens. What Node itself takes is not in it.',
  unit: 'ms of CPU',
  relation: 'multiple',
  cases,
  measure
}
