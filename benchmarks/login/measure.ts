import type { Effort } from '../cases/case.ts'
import type { LoginCase } from '../cases/login.ts'
import { Child } from '../harness/child.ts'
import type { Generation } from '../harness/generation.ts'
import { privateKeys } from '../harness/keys.ts'
import { orderOf } from '../harness/order.ts'
import { ServerProcess } from '../harness/server-process.ts'
import { medianOf } from '../harness/statistics.ts'
import { freePort } from '../../test/_free-port.ts'
import type { LoginSettings } from '../subjects/logins/settings.ts'

/** Where a browser goes. */
export interface Places {
  /** Origin of the application. */
  readonly application: string
  readonly issuer: string
}

type Access = Omit<LoginSettings, 'port'>

/** Logins of each round, and of the warm-up. */
const LOGINS = 200
const WARM_UP = 2000

/** A server with browsers of its own. */
class Entrant {
  readonly name: string
  /** Milliseconds of CPU per login, of each round. */
  readonly figures: number[] = []
  readonly #server: ServerProcess
  readonly #browsers = new Child(new URL('./browser-main.ts', import.meta.url))

  private constructor (name: string, server: ServerProcess) {
    this.name = name
    this.#server = server
  }

  static async start ({ name, server }: LoginCase, access: Access): Promise<Entrant> {
    const login = { ...access, port: await freePort() }
    return new Entrant(name, await ServerProcess.start({ ...server, settings: { privateKeys, login } }))
  }

  /** Signs in once, and looks at who it is. */
  async prepare ({ issuer }: Access): Promise<void> {
    const places: Places = { application: `http://127.0.0.1:${this.#server.port}`, issuer }
    await this.#browsers.ask('prepare', places)
  }

  /** Milliseconds of CPU per login. */
  async run (logins: number): Promise<number> {
    const before = await this.#server.cpu()
    await this.#browsers.ask('run', logins)
    return (await this.#server.cpu() - before) / logins / 1000
  }

  async stop (): Promise<void> {
    await Promise.all([this.#server.stop(), this.#browsers.stop()])
  }
}

async function race (entrants: readonly Entrant[], { rounds }: Effort): Promise<Generation> {
  for (const entrant of entrants) await entrant.run(WARM_UP)
  for (let round = 0; round < rounds; round++) {
    for (const entrant of orderOf(entrants, round)) entrant.figures.push(await entrant.run(LOGINS))
  }
  return new Map(entrants.map(({ name, figures }) => [name, medianOf(figures)]))
}

/** What one whole login costs each server, with processes of their own. */
export async function measureLogins (cases: readonly LoginCase[], effort: Effort): Promise<Generation> {
  const provider = new Child(new URL('./provider-main.ts', import.meta.url))
  const entrants: Entrant[] = []
  try {
    const access = await provider.ask('start') as Access
    for (const each of cases) {
      const entrant = await Entrant.start(each, access)
      entrants.push(entrant)
      await entrant.prepare(access)
    }
    return await race(entrants, effort)
  } finally {
    await Promise.all(entrants.map(entrant => entrant.stop()))
    await provider.stop()
  }
}
