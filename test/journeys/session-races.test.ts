import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startRedis } from '../_redis.ts'
import { needsRedis } from '../_services.ts'
import { type Member, startMembers, Tab } from './_members.ts'

const ROUNDS = 200
/** So many rounds at once, each with a person of its own. */
const LANES = 4
const IDLE = 100_000

/** What ends a person's sessions at the desk, and whether the phone goes on. */
const endings = [
  { url: '/logout', by: 'desk', isPhoneAlive: true },
  { url: '/end-others', by: 'phone', isPhoneAlive: true },
  { url: '/end-all', by: 'phone', isPhoneAlive: false },
  { url: '/login', by: 'desk', isPhoneAlive: true }
] as const

/** Numbers that look random and are the same in every run (Lehmer, modulus 2^31 - 1). */
function createDice (seed: number): (sides: number) => number {
  let state = seed
  return sides => {
    state = state * 48_271 % 2_147_483_647
    return state % sides
  }
}

/** One tab for each jar: those with the same cookies cannot be told apart. */
function distinct (tabs: readonly Tab[]): readonly Tab[] {
  return [...new Map(tabs.map(tab => [JSON.stringify([...tab.cookies].sort()), tab])).values()]
}

class Round {
  readonly #members: readonly Member[]
  readonly #dice: (sides: number) => number
  readonly #id: string

  constructor (members: readonly Member[], dice: (sides: number) => number, id: string) {
    this.#members = members
    this.#dice = dice
    this.#id = id
  }

  /** Gives what went wrong. */
  async play (advance: () => Promise<void>): Promise<readonly string[]> {
    const [desk, phone] = [await this.#login(), await this.#login()]
    await advance()
    const ending = endings[this.#dice(endings.length)] ?? endings[0]
    const deskTabs = Array.from({ length: 4 }, () => desk.copy())
    const phoneTabs = Array.from({ length: 3 }, () => phone.copy())
    const actor = ending.by === 'desk' ? desk : phone
    const isRenewing = this.#dice(2) === 0
    await Promise.all([
      ...[...deskTabs, ...phoneTabs].map(tab => this.#soon(() => tab.get(this.#any(), '/who'))),
      ...(isRenewing ? [this.#soon(() => desk.copy().post(this.#any(), '/renew'))] : []),
      this.#soon(() => actor.post(this.#any(), ending.url, { id: this.#id }))
    ])
    const faults: string[] = []
    const expectAll = async (what: string, tabs: readonly Tab[], isAlive: boolean): Promise<void> => {
      for (const tab of distinct(tabs)) {
        for (const member of this.#members) {
          const id = await tab.copy().who(member)
          if (id !== (isAlive ? this.#id : undefined)) faults.push(`${ending.url}: ${what} is ${id ?? 'a stranger'}`)
        }
      }
    }
    await expectAll('a tab of the desk', deskTabs, false)
    await expectAll('a tab of the phone', [...phoneTabs, phone], ending.isPhoneAlive)
    if (ending.url === '/login') await expectAll('the new login', [desk], true)
    await expectAll('a login afterwards', [await this.#login()], true)
    return faults
  }

  #any (): Member {
    return this.#members[this.#dice(this.#members.length)] as Member
  }

  async #soon (work: () => Promise<Response>): Promise<void> {
    const delay = this.#dice(4)
    if (delay > 0) await pause(delay)
    const { status } = await work()
    if (status >= 500) throw new Error(`${status}`)
  }

  async #login (): Promise<Tab> {
    const tab = new Tab()
    await tab.post(this.#any(), '/login', { id: this.#id })
    return tab
  }
}

async function race (t: Test, store: string, mode: 'cookie' | 'store'): Promise<void> {
  const session = { store, mode, idle: IDLE, absolute: 34_560_000, cookie: { secure: false } }
  const members = await startMembers(t, 2, session)
  const dice = createDice(7)
  // Half an idle time later every session is due to be written, so every request writes.
  const advance = async (): Promise<void> => {
    await Promise.all(members.map(member => new Tab().post(member, '/clock', { seconds: IDLE / 20 })))
  }
  for (let round = 0; round < ROUNDS; round += LANES) {
    const lanes = Array.from({ length: LANES }, (_, lane) => new Round(members, dice, `${mode}-${round + lane}`).play(advance))
    t.same((await Promise.all(lanes)).flat(), [], `rounds ${round} to ${round + LANES - 1}`)
  }
}

t.test('two processes that share a store', needsRedis(), async t => {
  const redis = await startRedis()
  t.teardown(() => redis.stop())
  for (const mode of ['store', 'cookie'] as const) {
    await t.test(`whoever logged out is out, and nobody else is, in ${ROUNDS} races in ${mode} mode`, t => race(t, redis.url, mode))
  }
})
