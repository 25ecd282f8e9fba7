/** Starts every subject, signs people in, and looks whether it serves what it has to: `npm run check-subjects`. */
import { readdirSync } from 'node:fs'
import { startRedis } from '../test/_redis.ts'
import { privateKeys } from './harness/keys.ts'
import { ServerProcess } from './harness/server-process.ts'
import { personOf, PUBLIC_BODY } from './subjects/people.ts'
import type { SignedInHeaders, Subject } from './subjects/subject.ts'

const PEOPLE = 3

/** What others are compared with. The harness compares their answers when it measures them. */
const NO_GUARDS = /^(bare|verify-alone)/

/** Parts of `module/name`: those alone are looked at. */
const wanted = process.argv.slice(2)

async function expectAnswer (url: string, headers: SignedInHeaders, status: number, body?: object): Promise<void> {
  const answer = await fetch(url, { headers })
  const text = await answer.text()
  if (answer.status !== status) throw new Error(`expected ${status} of ${url}, but got ${answer.status}: ${text}`)
  if (body === undefined || text === JSON.stringify(body)) return
  throw new Error(`expected ${JSON.stringify(body)} of ${url}, but got ${text}`)
}

/** Another letter in the middle of each credential, where it cannot be a bit that nobody reads. */
function forge (headers: SignedInHeaders): SignedInHeaders {
  const forgeValue = (text: string): string => {
    const middle = Math.floor(text.length / 2)
    return text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1)
  }
  const forgeHeader = (text: string): string =>
    text.replace(/(?<==|^Bearer )[^;]+/g, forgeValue)
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, forgeHeader(value)]))
}

async function checkGuard (origin: string, headers: SignedInHeaders, index: number): Promise<void> {
  await expectAnswer(`${origin}/me`, headers, 200, personOf(index))
  await expectAnswer(`${origin}/me`, forge(headers), 401)
  await expectAnswer(`${origin}/me`, headers, 200, personOf(index)) // as it was, after it was seen
}

async function check (server: ServerProcess): Promise<void> {
  const origin = `http://127.0.0.1:${server.port}`
  await expectAnswer(`${origin}/public`, {}, 200, PUBLIC_BODY)
  await expectAnswer(`${origin}/me`, {}, 401)
  const headers = [...await server.signIn(PEOPLE), ...await server.signIn(PEOPLE)]
  for (const [position, each] of headers.entries()) await checkGuard(origin, each, position % PEOPLE)
}

function isSubject (value: unknown): value is Subject {
  return typeof value === 'object' && value !== null && 'start' in value
}

async function subjectsOf (module: string): Promise<readonly string[]> {
  const exports: Readonly<Record<string, unknown>> = await import(`./subjects/${module}.ts`)
  return Object.entries(exports).flatMap(([name, value]) => isSubject(value) ? [name] : [])
}

const redis = await startRedis()
try {
  for (const file of readdirSync(new URL('./subjects/', import.meta.url))) {
    const module = file.replace(/\.ts$/, '')
    if (NO_GUARDS.test(module)) continue
    for (const name of await subjectsOf(module)) {
      if (wanted.length > 0 && !wanted.some(part => `${module}/${name}`.includes(part))) continue
      const server = await ServerProcess.start({ module, name, settings: { privateKeys, redisUrl: redis.url } })
      try {
        await check(server)
        console.log(`ok ${module}/${name}`)
      } catch (error) {
        process.exitCode = 1
        console.log(`not ok ${module}/${name}`, error)
      } finally {
        await server.stop()
      }
    }
  }
} finally {
  await redis.stop()
}
