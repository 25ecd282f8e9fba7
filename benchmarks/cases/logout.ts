import { setTimeout as pause } from 'node:timers/promises'
import { type RedisServer, startRedis } from '../../test/_redis.ts'
import { Connection } from '../harness/connection.ts'
import type { Generation } from '../harness/generation.ts'
import { requestOf } from '../harness/http.ts'
import { privateKeys } from '../harness/keys.ts'
import { ServerProcess } from '../harness/server-process.ts'
import { percentileOf } from '../harness/statistics.ts'
import type { SignedInHeaders } from '../subjects/subject.ts'
import type { Case, ProbeGroup } from './case.ts'
import { ours } from './servers.ts'

const LEAVING = 100
const STAYING = 64
/** Connections that keep the other process busy. */
const BUSY = 16
/** Milliseconds between one logout and the next. */
const BETWEEN = 20

/** Milliseconds from the answer to a logout in one process until another one refuses the same cookie. */
async function leave (here: ServerProcess, there: Connection, headers: SignedInHeaders): Promise<number> {
  const asking = requestOf('/me', headers)
  const before = await there.ask(asking)
  if (before.status !== 200) throw new Error(`a person was refused too early, with ${before.status}`)
  const answer = await fetch(`http://127.0.0.1:${here.port}/logout`, { method: 'POST', headers })
  if (!answer.ok) throw new Error(`logging out was answered with ${answer.status}`)
  const start = performance.now()
  while ((await there.ask(asking)).status !== 401);
  return performance.now() - start
}

/** Asks without a pause for people who stay. */
async function keepBusy (port: number, people: readonly SignedInHeaders[], until: { isOver: boolean }): Promise<void> {
  const requests = people.map(headers => requestOf('/me', headers))
  const connection = await Connection.open(port)
  for (let index = 0; !until.isOver; index++) {
    const request = requests[index % requests.length]
    const answer = request && await connection.ask(request)
    if (answer?.status !== 200) throw new Error('a person who stays was refused')
  }
  connection.close()
}

async function delaysIn (here: ServerProcess, there: ServerProcess): Promise<readonly number[]> {
  const [leaving, staying] = [await here.signIn(LEAVING), await here.signIn(STAYING)]
  const until = { isOver: false }
  const load = Array.from({ length: BUSY }, () => keepBusy(there.port, staying, until))
  const connection = await Connection.open(there.port)
  await pause(1000) // The copy of the other process begins with its first requests.
  const delays: number[] = []
  for (const headers of leaving) {
    delays.push(await leave(here, connection, headers))
    await pause(BETWEEN)
  }
  until.isOver = true
  await Promise.all(load)
  connection.close()
  return delays
}

async function measureIn ({ url: redisUrl }: RedisServer, name: string): Promise<readonly number[]> {
  const specification = { ...ours(name), settings: { privateKeys, redisUrl } }
  const [here, there] = [await ServerProcess.start(specification), await ServerProcess.start(specification)]
  try {
    return await delaysIn(here, there)
  } finally {
    await Promise.all([here.stop(), there.stop()])
  }
}

const cases: readonly Case[] = [
  { name: 'read', title: 'in Redis, read for each request, 99 of 100' },
  {
    name: 'copied',
    title: 'in Redis, with the local copy, 99 of 100',
    goals: [{ kind: 'cost', target: 100, limit: 1000 }]
  },
  { name: 'copied-median', title: 'the same, 50 of 100' }
]

async function measure (): Promise<Generation> {
  const redis = await startRedis()
  try {
    const [copied, read] = [await measureIn(redis, 'inRedisCopied'), await measureIn(redis, 'inRedis')]
    return new Map([
      ['copied', percentileOf(copied, 0.99)],
      ['copied-median', percentileOf(copied, 0.5)],
      ['read', percentileOf(read, 0.99)]
    ])
  } finally {
    await redis.stop()
  }
}

export const logout: ProbeGroup = {
  name: 'logout',
  title: 'A logout, until another process refuses the same cookie',
  remark: `Milliseconds from the answer to the logout. The other process is kept busy on ${BUSY} connections meanwhile, ` +
    'so what a request waits there is in the figure.',
  unit: 'ms',
  relation: 'multiple',
  generations: 1,
  cases,
  measure
}
