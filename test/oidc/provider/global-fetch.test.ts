import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Test, test } from 'tap'
import { createIsUntouched } from '../../../lib/oidc/provider/global-fetch.ts'
import { serve } from './_serve.ts'

const KEYS = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map(name => Symbol.for(name))

/** Puts a dispatcher where each version of undici looks for it; what it defines itself can be written, and no more. */
function setDispatcher (t: Test, key: symbol, dispatcher: unknown): void {
  const before: unknown = Reflect.get(globalThis, key)
  Reflect.set(globalThis, key, dispatcher)
  t.teardown(() => Reflect.set(globalThis, key, before))
}

/** An agent as undici makes one of options. */
class Agent {
  readonly [name: symbol]: unknown

  constructor (options: unknown, factory: unknown = function defaultFactory () {}) {
    Object.assign(this, { [Symbol('options')]: options, [Symbol('factory')]: factory })
  }
}

test('a Node that was just started is untouched, and so is one that has fetched', async t => {
  const isUntouched = createIsUntouched()
  t.equal(isUntouched(), true)
  const url = await serve(t, (_request, response) => { response.end() })
  await fetch(url)
  t.equal(isUntouched(), true, 'by now it has a dispatcher of its own')
  t.equal(createIsUntouched()(), true)
})

test('whoever puts another fetch in the place of the global one is heard, as long as it is there', t => {
  const isUntouched = createIsUntouched()
  const own = globalThis.fetch
  t.teardown(() => { globalThis.fetch = own })
  const others = [async () => new Response(), own.bind(undefined), new Proxy(own, {}), undefined]
  for (const other of others) {
    Reflect.set(globalThis, 'fetch', other)
    t.equal(isUntouched(), false)
    t.equal(createIsUntouched()(), false)
    globalThis.fetch = own
    t.equal(isUntouched(), true)
  }
  t.end()
})

test('whoever tells the global fetch another dispatcher is heard, wherever it lies', t => {
  class ProxyAgent {}
  const told = [
    new ProxyAgent(), new Agent({ connect: { ca: 'x' } }), new Agent({ connections: 3 }), new Agent(undefined),
    new Agent({}, function pool () {}), new Agent({}, null), {}, 'agent', null
  ]
  for (const key of KEYS) {
    t.test(String(key), t => {
      const isUntouched = createIsUntouched()
      for (const dispatcher of told) {
        setDispatcher(t, key, dispatcher)
        t.equal(isUntouched(), false)
      }
      setDispatcher(t, key, new Agent({ connect: undefined, maxOrigins: Infinity }))
      t.equal(isUntouched(), true, 'an agent that was told nothing')
      t.end()
    })
  }
  t.end()
})

test('what older versions find is a way to the newer one', t => {
  class Dispatcher1Wrapper {}
  setDispatcher(t, Symbol.for('undici.globalDispatcher.1'), new Dispatcher1Wrapper())
  t.equal(createIsUntouched()(), true)
  t.end()
})

const knowsProxies = process.allowedNodeEnvironmentFlags.has('--use-env-proxy')

test('a proxy that Node was told of is used, by each Node that knows of them', async t => {
  const asked: unknown[] = []
  const proxy = await serve(t, (request, response) => {
    asked.push(request.url)
    response.end('by the proxy')
  }, server => server.on('connect', (_request, socket) => {
    asked.push('CONNECT')
    socket.end('HTTP/1.1 502 No\r\n\r\n')
  }))
  const program = `
    const { createTransport } = await import('./lib/oidc/provider/transport.ts')
    const fetch = createTransport().boundedFetch({ timeout: 10000, maxBytes: 1000 })
    await fetch('http://id.example/', {}).catch(() => {})`
  const env = { ...process.env, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy, http_proxy: proxy, NO_PROXY: '', no_proxy: '' }
  const flags = ['--import', './test/_setup.js', '--input-type=module', '-e', program]
  await promisify(execFile)(process.execPath, flags, { env })
  t.equal(asked.length, knowsProxies ? 1 : 0)
})

test('an agent that interceptors were put before is not what Node makes for itself', async t => {
  const PLACE = KEYS[0] ?? Symbol('none')
  const before: unknown = Reflect.get(globalThis, PLACE)
  t.teardown(() => { Reflect.set(globalThis, PLACE, before) })
  const isUntouched = createIsUntouched()
  // The way of Node to its own agent: it is made by the first call.
  await fetch('data:,').then(async answer => { await answer.text() })
  const own = Reflect.get(globalThis, PLACE) as object
  t.equal(isUntouched(), true)
  // As `compose` of undici 7 and later gives it: its class and its options are those of the agent in it.
  Reflect.set(globalThis, PLACE, new Proxy(own, { get: (agent, key): unknown => Reflect.get(agent, key) }))
  t.equal(isUntouched(), false)
  Reflect.set(globalThis, PLACE, own)
  t.equal(isUntouched(), true)
})
