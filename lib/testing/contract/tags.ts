import type { Store } from '../../stores/store.ts'
import { type Draft, expectSame, expectVersion } from './bench.ts'

async function sortedKeys (store: Store, tag: string): Promise<readonly string[]> {
  return [...await store.keys(tag)].sort()
}

/** Which keys a tag gives. */
export const tags: readonly Draft[] = [
  {
    title: 'a tag gives the keys that were written under it, each once',
    async check (store, { key, later, open }) {
      const [x, y] = [key('tag x'), key('tag y')]
      await store.set(key('a'), '1', { ...later, tags: [x, y] })
      await store.add(key('b'), '2', { ...later, tags: [x] })
      const version = await store.set(key('c'), '3', later)
      expectVersion(await store.replace(key('c'), version, '4', { ...later, tags: [x] }), 'replace with a tag')
      await store.set(key('d'), '5', later)
      await store.set(key('e'), '6', { ...later, tags: [] })
      await store.set(key('a'), '7', { ...later, tags: [x, y] })
      expectSame(await sortedKeys(store, x), [key('a'), key('b'), key('c')], 'keys of a tag of three')
      expectSame(await sortedKeys(await open(), y), [key('a')], 'keys of a tag of one, through a second store')
      expectSame(await sortedKeys(store, key('tag')), [], 'keys of a tag that was never written')
    }
  },
  {
    title: 'a key has the tags of its last write',
    async check (store, { key, later }) {
      const [x, y] = [key('x'), key('y')]
      const version = await store.set(key(), '1', { ...later, tags: [x] })
      await store.replace(key(), version, '2', { ...later, tags: [y] })
      expectSame(await sortedKeys(store, x), [], 'keys of a tag that a replace took away')
      expectSame(await sortedKeys(store, y), [key()], 'keys of a tag that a replace gave')
      await store.set(key(), '3', { ...later, tags: [x] })
      expectSame(await sortedKeys(store, x), [key()], 'keys of a tag that a set gave')
      expectSame(await sortedKeys(store, y), [], 'keys of a tag that a set took away')
      await store.set(key(), '4', later)
      expectSame(await sortedKeys(store, x), [], 'keys of a tag that a set without tags took away')
    }
  },
  {
    title: 'a write that was refused leaves no tag behind, and takes none away',
    async check (store, { key, later }) {
      const [x, y] = [key('x'), key('y')]
      await store.set(key(), '1', { ...later, tags: [x] })
      await store.add(key(), '2', { ...later, tags: [y] })
      await store.replace(key(), 'no such version', '3', { ...later, tags: [y] })
      expectSame(await sortedKeys(store, x), [key()], 'keys of the tag of the value that stands')
      expectSame(await sortedKeys(store, y), [], 'keys of the tag of writes that were refused')
    }
  },
  {
    title: 'what a tag names of the ended, deleted and taken cannot be got',
    async check (store, { key, clock, soon, later }) {
      const tag = key('tag')
      await store.set(key('alive'), 'value', { ...later, tags: [tag] })
      for (const name of ['ended', 'deleted', 'taken']) await store.set(key(name), 'value', { ...soon, tags: [tag] })
      await store.delete(key('deleted'))
      await store.take(key('taken'))
      clock.advance(1800)
      for (const turn of ['first', 'second']) {
        const found = await sortedKeys(store, tag)
        expectSame(found.includes(key('alive')), true, `whether the ${turn} keys name what lives`)
        const named = ['alive', 'ended', 'deleted', 'taken'].map(key)
        expectSame(found.filter(name => !named.includes(name)), [], `what the ${turn} keys name that was never written under the tag`)
        const alive = (await store.getMany(found)).filter(entry => entry !== undefined).length
        expectSame(alive, 1, 'number of living values under a tag of one that lives and three that do not')
      }
    }
  },
  {
    title: 'a key that was deleted and is written again is found again',
    async check (store, { key, later }) {
      const tag = key('tag')
      for (let turn = 0; turn < 3; turn++) {
        await store.set(key(), 'value', { ...later, tags: [tag] })
        expectSame(await sortedKeys(store, tag), [key()], 'keys after the write')
        await store.delete(key())
        await store.keys(tag)
      }
    }
  },
  {
    title: 'a tag outlives its shortest key',
    async check (store, { key, clock, soon, later }) {
      const tag = key('tag')
      await store.set(key('long'), '1', { ...later, tags: [tag] })
      await store.set(key('short'), '2', { ...soon, tags: [tag] })
      clock.advance(1800)
      expectSame((await store.keys(tag)).includes(key('long')), true, 'whether the keys name the one that lives longer')
    }
  },
  {
    title: 'of 50 keys that are written at once under one tag all are found',
    async check (store, { key, later, open }) {
      const tag = key('tag')
      const stores = [store, await open()] as const
      const names = Array.from({ length: 50 }, (_, index) => key(`${index}`))
      await Promise.all(names.map((name, index) =>
        stores[index % 2 === 0 ? 0 : 1].set(name, 'value', { ...later, tags: [tag, key(`tag ${index}`)] })))
      expectSame(await sortedKeys(store, tag), names.toSorted(), 'keys of a tag of 50')
    }
  }
]
