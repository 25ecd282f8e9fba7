import { types } from 'node:util'

/** What undici sends by where nobody says otherwise lies under these, as each of its versions has it. */
const DISPATCHERS = Object.freeze(['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map(name => Symbol.for(name)))
/** What the source of Node's own fetch names: it loads the rest of it at the first call. */
const OWN_SOURCE = 'internal/deps/undici/undici'

function isNodes (fetch: unknown): boolean {
  return typeof fetch === 'function' && Function.prototype.toString.call(fetch).includes(OWN_SOURCE)
}

/** What lies under a symbol of this description: each version of undici has its own symbols. */
function hidden (object: object, description: string): unknown {
  const key = Object.getOwnPropertySymbols(object).find(symbol => symbol.description === description)
  return key === undefined ? undefined : Reflect.get(object, key)
}

/** Whether it is an agent that was told nothing, as Node makes it for itself. Where nobody can tell, it is none. */
function isPlain (dispatcher: unknown): boolean {
  if (dispatcher === undefined) return true
  // What has interceptors before it looks like the agent behind them (`compose` of undici 7 and later).
  if (typeof dispatcher !== 'object' || dispatcher === null || types.isProxy(dispatcher)) return false
  const { name } = dispatcher.constructor
  // Node 26 and later: what older versions of undici find, and no more than a way to the newer one.
  if (name === 'Dispatcher1Wrapper') return true
  const [options, factory] = [hidden(dispatcher, 'options'), hidden(dispatcher, 'factory')]
  if (name !== 'Agent' || typeof options !== 'object' || options === null) return false
  const isDefault = typeof factory === 'function' && factory.name === 'defaultFactory'
  return isDefault && Object.values(options).every(value => value === undefined || value === Infinity)
}

/** What was looked at last, and what was found. */
class Judged {
  readonly #judge: (value: unknown) => boolean
  #value: unknown
  #verdict = false

  constructor (judge: (value: unknown) => boolean) {
    this.#judge = judge
    this.#verdict = judge(undefined)
  }

  of (value: unknown): boolean {
    if (value === this.#value) return this.#verdict
    this.#verdict = this.#judge(value)
    this.#value = value
    return this.#verdict
  }
}

/**
 * Tells whether the global fetch does what it does in a Node that was just started: nobody has put another one in its
 * place, as tests and monitoring do, and nobody has told it a proxy, a certificate or an authority
 * (`setGlobalDispatcher`, `NODE_USE_ENV_PROXY`). Asked before each request, because it can happen at any time.
 */
export function createIsUntouched (): () => boolean {
  const ofFetch = new Judged(isNodes)
  const ofDispatchers = DISPATCHERS.map(key => [key, new Judged(isPlain)] as const)
  return function isUntouched () {
    return ofFetch.of(globalThis.fetch) &&
      ofDispatchers.every(([key, judged]) => judged.of(Reflect.get(globalThis, key)))
  }
}
