import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Child } from '../harness/child.ts'
import { ServerProcess } from '../harness/server-process.ts'
import type { LoginSettings } from '../subjects/logins/settings.ts'

/** Where a browser goes. */
export interface Places {
  /** Origin of the application. */
  readonly application: string
  readonly issuer: string
}

export interface LoginSpan { readonly logins: number }

/** What is measured, by its name in the table. */
export const LOGIN_SUBJECTS: ReadonlyArray<readonly [name: string, module: string, exported: string]> = [
  ['fastify-login', 'logins/fastify-login', 'fastifyLogin'],
  ['fastify-login over fetch', 'logins/fastify-login', 'fastifyLoginOverFetch'],
  ['oauth4webapi over fetch', 'logins/oauth4webapi', 'plain'],
  ['openid-client', 'logins/openid-client', 'openidClient'],
  ['express-openid-connect', 'logins/express-openid-connect', 'expressOpenidConnect']
]

/** Milliseconds of CPU that one login costs, in each process of one subject. */
export interface LoginResult {
  readonly name: string
  readonly generations: readonly number[]
}

export interface LoginPlan {
  readonly generations: number
  /** Of each process. */
  readonly rounds: number
  /** Of each round. */
  readonly logins: number
  readonly subjects?: typeof LOGIN_SUBJECTS
}

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

function median (values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  return (Number(sorted[(sorted.length - 1) >> 1]) + Number(sorted[sorted.length >> 1])) / 2
}

/** One process of a subject with browsers of its own. */
class Competitor {
  readonly #server: ServerProcess
  readonly #browsers = new Child(new URL('./browser-main.ts', import.meta.url))
  readonly #costs: number[] = []

  private constructor (server: ServerProcess) {
    this.#server = server
  }

  static async start (module: string, name: string, access: Omit<LoginSettings, 'port'>): Promise<Competitor> {
    const login = { ...access, port: await freePort() }
    const one = new Competitor(await ServerProcess.start({ module, name, settings: { login } }))
    await one.#browsers.ask('prepare', { application: `http://127.0.0.1:${login.port}`, issuer: access.issuer })
    return one
  }

  async run (span: LoginSpan, counts: boolean): Promise<void> {
    await this.#server.collectGarbage()
    const before = await this.#server.cpu()
    await this.#browsers.ask('run', span)
    if (counts) this.#costs.push((await this.#server.cpu() - before) / span.logins / 1000)
  }

  get cost (): number {
    return median(this.#costs)
  }

  async stop (): Promise<void> {
    await this.#server.stop()
    await this.#browsers.stop()
  }
}

/** What one whole login costs each subject: all of them in turn, in another order each time. */
export async function measureLogins ({ generations, rounds, logins, subjects = LOGIN_SUBJECTS }: LoginPlan): Promise<readonly LoginResult[]> {
  const provider = new Child(new URL('./provider-main.ts', import.meta.url))
  const access = await provider.ask('start') as Omit<LoginSettings, 'port'>
  const costs = subjects.map((): number[] => [])
  for (let generation = 0; generation < generations; generation++) {
    const competitors = await Promise.all(subjects.map(([, module, name]) => Competitor.start(module, name, access)))
    for (let round = -1; round < rounds; round++) {
      for (let step = 0; step < competitors.length; step++) {
        await competitors[(generation + round + 1 + step) % competitors.length]?.run({ logins }, round >= 0)
      }
    }
    competitors.forEach((one, index) => costs[index]?.push(one.cost))
    await Promise.all(competitors.map(one => one.stop()))
  }
  await provider.stop()
  return subjects.map(([name], index) => ({ name, generations: costs[index] ?? [] }))
}

/** For a table: median, lowest and highest of the processes, and the ratio to another subject. */
export function describeLogins (results: readonly LoginResult[], base = 'oauth4webapi over fetch'): string {
  const reference = median(results.find(({ name }) => name === base)?.generations ?? [])
  return results.map(({ name, generations }) => {
    const [middle, low, high] = [median(generations), Math.min(...generations), Math.max(...generations)]
    return `${name.padEnd(26)} ${middle.toFixed(3)} ms (${low.toFixed(3)} to ${high.toFixed(3)})  ${(middle / reference).toFixed(2)}`
  }).join('\n')
}
