import { AssertionError } from 'node:assert'
import { test } from 'tap'
import type { Entry, Store } from '../../lib/stores/store.ts'
import { runCase } from '../../lib/testing/contract/bench.ts'
import { restartCases } from '../../lib/testing/contract/restart.ts'
import { type MakeStore, storeContract } from '../../lib/testing/store-contract.ts'
import { shareMemory } from '../stores/_shared-memory.ts'

for (const { title, check } of storeContract(shareMemory(), { restart: async () => {} })) test(title, check)

test('there is a case for a restart only where the suite can restart the server', async t => {
  const without = storeContract(shareMemory())
  const withRestart = storeContract(shareMemory(), { restart: async () => {} })
  const titles = withRestart.map(({ title }) => title)
  t.same(titles.filter(title => /restart/.test(title)), ['works again after the server restarted'])
  t.equal(without.length, withRestart.length - 1)
  t.equal(new Set(titles).size, titles.length, 'no two cases have one title')
})

/** A sound store with some operations of another, which is not. */
function replaceSome (breakIt: (store: Store, now: () => number) => Partial<Store>): MakeStore {
  const makeSound = shareMemory()
  return ({ now }) => {
    const sound = makeSound({ now })
    const broken = breakIt(sound, now)
    return new Proxy<Store>(sound, { get: (_, name) => Reflect.get(broken, name) ?? Reflect.get(sound, name) })
  }
}

const pause = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** A store whose every key, or tag, is first changed. */
function spellKeys (spell: (key: string) => string): MakeStore {
  return replaceSome(store => ({
    get: key => store.get(spell(key)),
    getMany: keys => store.getMany(keys.map(spell)),
    add: (key, ...rest) => store.add(spell(key), ...rest),
    take: key => store.take(spell(key))
  }))
}

function spellTags (spell: (tag: string) => string): MakeStore {
  return replaceSome(store => ({
    set: (key, value, options) => store.set(key, value, { ...options, tags: (options.tags ?? []).map(spell) }),
    keys: tag => store.keys(spell(tag))
  }))
}

function changeEntries (change: (entry: Entry) => Partial<Entry>): MakeStore {
  return replaceSome(store => ({
    async get (key) {
      const entry = await store.get(key)
      return entry && { ...entry, ...change(entry) }
    }
  }))
}

const broken: ReadonlyArray<readonly [flaw: string, makeStore: MakeStore, title: string, complaint: RegExp]> = [
  [
    'knows what was so before its own writes',
    replaceSome(store => {
      const known = new Map<string, Entry | undefined>()
      return {
        async getMany (keys) {
          const entries = await store.getMany(keys)
          for (const [index, key] of keys.entries()) if (!known.has(key)) known.set(key, entries[index])
          return entries
        },
        peek: keys => keys.map(key => known.get(key))
      }
    }),
    'what a store knows without asking is what it says when it is asked, also after its own writes',
    /^peek after set: expected/
  ], [
    'takes in two steps',
    replaceSome(store => ({
      async take (key) {
        const value = (await store.get(key))?.value
        await pause()
        await store.delete(key)
        return value
      }
    })),
    'of 20 who take at once one gets the value',
    /^what 20 concurrent takes gave: expected \[ 'value' ], got \[ 'value', 'value', /
  ], [
    'adds in two steps',
    replaceSome(store => ({
      async add (key, ...rest) {
        const entry = await store.get(key)
        await pause()
        return entry === undefined ? await store.set(key, ...rest) : undefined
      }
    })),
    'of 50 who add at once one succeeds, and its value stands',
    /^number of 50 concurrent adds that succeeded: expected 1, got 50$/
  ], [
    'replaces in two steps',
    replaceSome(store => ({
      async replace (key, version, ...rest) {
        const entry = await store.get(key)
        await pause()
        return entry?.version === version ? await store.set(key, ...rest) : undefined
      }
    })),
    'of 50 who replace one version at once one succeeds, and its value stands',
    /^number of 50 concurrent replaces of one version that succeeded: expected 1, got 50$/
  ], [
    'deletes in two steps',
    replaceSome(store => ({
      async delete (key) {
        const entry = await store.get(key)
        await pause()
        await store.delete(key)
        return entry !== undefined
      }
    })),
    'of 20 who delete at once one is told that it did',
    /^number of 20 concurrent deletes that said they deleted: expected 1, got 20$/
  ], [
    'looks at the version, and writes later',
    replaceSome(store => ({
      async replace (key, version, ...rest) {
        const entry = await store.get(key)
        await pause()
        return entry?.version === version ? await store.set(key, ...rest) : undefined
      }
    })),
    'what is deleted while it is replaced is gone in the end',
    /^what is left of 20 values, each deleted while it was replaced: expected \[], got \[ \{ value: 'second'/
  ], [
    'lets an ended value be in the way',
    replaceSome((store, now) => {
      const written = new Set<string>()
      return {
        async set (key, value, options) {
          if (options.expiresAt > now()) written.add(key)
          return await store.set(key, value, options)
        },
        add: async (key, ...rest) => written.has(key) ? undefined : await store.add(key, ...rest)
      }
    }),
    'a value is added, and set, over one that has ended',
    /^add over what has ended: expected 'a version', got undefined$/
  ], [
    'revives what was deleted',
    replaceSome(store => ({ replace: (key, _version, ...rest) => store.set(key, ...rest) })),
    'replacing never revives what was deleted or taken',
    /^replace of what was deleted: expected undefined, got '\d+'$/
  ], [
    'counts versions anew after a delete',
    changeEntries(() => ({ version: '1' })),
    'the version of a value that was deleted never comes back',
    /^number of versions of five values, each deleted before the next was added: expected 5, got 1$/
  ], [
    'does not look at the version when it deletes',
    replaceSome(store => ({ delete: key => store.delete(key) })),
    'deleting with a version spares what was written since',
    /^delete of a version that was overwritten: expected false, got true$/
  ], [
    'gives several entries in another order',
    replaceSome(store => ({ getMany: keys => store.getMany(keys.toSorted()) })),
    'several keys are read in their order, with nothing where nothing is',
    /^getMany: expected \[ \{ value: '2'/
  ], [
    'leaves out what is missing of several keys',
    replaceSome(store => ({ getMany: async keys => (await store.getMany(keys)).filter(Boolean) })),
    'several keys are read in their order, with nothing where nothing is',
    /^getMany: expected /
  ], [
    'keeps ends in whole seconds',
    replaceSome(store => ({
      set: (key, value, options) => store.set(key, value, { expiresAt: Math.ceil(options.expiresAt / 1000) * 1000 + 1 })
    })),
    'a value ends in the millisecond of its end',
    /^get in the millisecond of the end: expected undefined, got \{ value: 'value'/
  ], [
    'goes by the clock of its backend',
    (() => {
      const makeSound = shareMemory()
      return () => makeSound({ now: Date.now })
    })(),
    'where the clock is ahead what has ended counts as gone, although the writer thinks it lives',
    /^get by the clock ahead: expected undefined, got \{ value: 'value'/
  ], [
    'keeps the tags of earlier writes',
    (() => {
      const names = new Map<string, Set<string>>()
      return replaceSome(store => ({
        async set (key, value, options) {
          for (const tag of options.tags ?? []) names.set(tag, new Set([...names.get(tag) ?? [], key]))
          return await store.set(key, value, options)
        },
        async keys (tag) { return [...names.get(tag) ?? []] }
      }))
    })(),
    'a key has the tags of its last write',
    /^keys of a tag that a replace took away: expected \[], got \[ 'contract-/
  ], [
    'names under a tag what was refused',
    (() => {
      const names = new Map<string, Set<string>>()
      return replaceSome(store => ({
        async add (key, value, options) {
          for (const tag of options.tags ?? []) names.set(tag, new Set([...names.get(tag) ?? [], key]))
          return await store.add(key, value, options)
        },
        async keys (tag) { return [...await store.keys(tag), ...names.get(tag) ?? []] }
      }))
    })(),
    'a write that was refused leaves no tag behind, and takes none away',
    /^keys of the tag of writes that were refused: expected \[], got \[ 'contract-/
  ], [
    'takes an end of a value at a NUL character',
    changeEntries(({ value }) => ({ value: value.split('\u0000', 1)[0] ?? '' })),
    'a value comes back as it was: text with a NUL character in it',
    /^get after set: expected \{ value: 'a\\x00b\\x00'/
  ], [
    'cuts long values',
    changeEntries(({ value }) => ({ value: value.slice(0, 65_535) })),
    'a value comes back as it was: 1 MB of ASCII',
    /^get after set: expected .*\.\.\. 999920 more characters.*, got .*\.\.\. 65455 more characters/
  ],
  ['does not tell A from a', spellKeys(key => key.toLowerCase()), 'keys compare by bytes', /^add of the key "contract-/],
  ['drops blanks at the end of a key', spellKeys(key => key.trimEnd()), 'keys compare by bytes', /^add of the key ".* ", as/],
  ['cuts long keys', spellKeys(key => key.slice(0, 255)), 'keys compare by bytes', /^add of the key "contract-.*k2", as/],
  ['takes two spellings for one', spellKeys(key => key.normalize()), 'keys compare by bytes', /^add of the key "contract-.*a\u0308", as/],
  ['does not tell the tag A from a', spellTags(tag => tag.toLowerCase()), 'tags compare by bytes', /^keys of the tag /],
  [
    'takes a tag for a pattern',
    replaceSome(store => ({
      async keys (tag) {
        return tag.endsWith('%') ? [...await store.keys(tag), ...await store.keys(`${tag.slice(0, -1)}_`)] : await store.keys(tag)
      }
    })),
    'tags compare by bytes',
    /^keys of the tag ".*%": expected \[ '[^']+%' ], got \[ '[^']+%', '[^']+_' ]$/
  ], [
    'takes with it, when it is closed, what others use',
    (() => {
      let isClosed = false
      return replaceSome(store => ({
        async close () { isClosed = true },
        get: async key => {
          if (isClosed) throw new Error('The client is closed')
          return await store.get(key)
        }
      }))
    })(),
    'closing a store takes nothing from another',
    /^The client is closed$/
  ]
]

for (const [flaw, makeStore, title, complaint] of broken) {
  test(`a store that ${flaw} is caught`, async t => {
    const found = storeContract(makeStore).find(each => each.title === title)
    await t.rejects(found?.check() ?? Promise.resolve(), { message: complaint })
  })
}

test('a complaint is an assertion that holds what was found and what was expected', async t => {
  const found = storeContract(changeEntries(() => ({ value: 'x' }))).find(({ title }) => /^what is set/.test(title))
  const error = await found?.check().catch((reason: unknown) => reason)
  t.type(error, AssertionError)
  t.match(error, { actual: { value: 'x' }, expected: { value: 'value' } })
})

test('every store that a case opened is closed, also when the case fails', async t => {
  const counts = { opened: 0, closed: 0 }
  const counting = (make: MakeStore): MakeStore => async options => {
    counts.opened++
    const store = await make(options)
    return new Proxy(store, { get: (_, name) => name === 'close' ? async () => { counts.closed++ } : Reflect.get(store, name) })
  }
  const failing = changeEntries(() => ({ value: 'x' }))
  for (const make of [shareMemory(), failing]) {
    await Promise.allSettled(storeContract(counting(make)).map(({ check }) => check()))
  }
  t.ok(counts.opened > 50)
  t.equal(counts.closed, counts.opened)
})

/** A store whose server goes away with the first restart; from then on it reads in another way. */
function leave (read: (store: Store, key: string) => Promise<Entry | undefined>) {
  let isGone = false
  const makeStore = replaceSome(store => ({ get: key => isGone ? read(store, key) : store.get(key) }))
  return { makeStore, restart: async () => { isGone = true } }
}

async function forget (): Promise<undefined> {}

async function fail (): Promise<never> {
  throw new Error('connection lost')
}

function hang (): Promise<never> {
  return new Promise(() => {})
}

for (const [flaw, read, complaint] of [
  ['never works again', fail, /^error of get 0.2 s after .* got .*connection lost/s],
  ['never answers again', hang, /^error of get 0.2 s after .* got .*no answer/s],
  ['comes back without a memory', forget, /^get after the restart: expected .* got undefined$/]
] as const) {
  test(`a store that ${flaw} after a restart is caught`, async t => {
    const { makeStore, restart } = leave(read)
    for (const draft of restartCases(restart, 200)) await t.rejects(runCase(draft, makeStore), { message: complaint })
  })
}

test('a store may fail for a while after a restart', async t => {
  let failures = 3
  const { makeStore, restart } = leave((store, key) => failures-- > 0 ? fail() : store.get(key))
  for (const draft of restartCases(restart)) await runCase(draft, makeStore)
  t.ok(failures < 0)
})

test('a store that lets an operation hang from before a restart is caught', async t => {
  let reads = 0
  const { makeStore, restart } = leave((store, key) => ++reads === 1 ? hang() : store.get(key))
  for (const draft of restartCases(restart, 200)) {
    const message = /^what was asked while the server was away: expected undefined, got .*no answer/
    await t.rejects(runCase(draft, makeStore), { message })
  }
})
