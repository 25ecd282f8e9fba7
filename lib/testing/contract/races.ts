import type { Store } from '../../stores/store.ts'
import { type Draft, expectSame } from './bench.ts'

const isThere = (result: string | undefined): boolean => result !== undefined

/** Starts an operation many times at once, in turns at two stores on one backend: as two processes do. */
function atOnce<Result> (
  stores: readonly [Store, Store], times: number, operation: (store: Store, index: number) => Promise<Result>
): Promise<readonly Result[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => operation(stores[index % 2 === 0 ? 0 : 1], index)))
}

/** What many callers at once get. */
export const races: readonly Draft[] = [
  {
    title: 'of 50 who add at once one succeeds, and its value stands',
    async check (store, { key, later, open }) {
      const versions = await atOnce([store, await open()], 50, (each, index) => each.add(key(), `${index}`, later))
      expectSame(versions.filter(isThere).length, 1, 'number of 50 concurrent adds that succeeded')
      const winner = versions.findIndex(isThere)
      const expected = { value: `${winner}`, version: versions[winner], ...later }
      expectSame(await store.get(key()), expected, 'get after 50 concurrent adds')
    }
  },
  {
    title: 'of 20 who add at once over a value that has ended one succeeds',
    async check (store, { key, clock, soon, later, open }) {
      await store.set(key(), 'ended', soon)
      clock.advance(1800)
      const versions = await atOnce([store, await open()], 20, (each, index) => each.add(key(), `${index}`, later))
      expectSame(versions.filter(isThere).length, 1, 'number of 20 concurrent adds over an ended value that succeeded')
      expectSame((await store.get(key()))?.value, `${versions.findIndex(isThere)}`, 'get after them')
    }
  },
  {
    title: 'of 50 who replace one version at once one succeeds, and its value stands',
    async check (store, { key, later, open }) {
      const first = await store.set(key(), 'first', later)
      const versions = await atOnce([store, await open()], 50, (each, index) =>
        each.replace(key(), first, `${index}`, later))
      expectSame(versions.filter(isThere).length, 1, 'number of 50 concurrent replaces of one version that succeeded')
      const winner = versions.findIndex(isThere)
      const expected = { value: `${winner}`, version: versions[winner], ...later }
      expectSame(await store.get(key()), expected, 'get after 50 concurrent replaces')
    }
  },
  {
    title: 'of 20 who take at once one gets the value',
    async check (store, { key, later, open }) {
      await store.set(key(), 'value', later)
      const taken = await atOnce([store, await open()], 20, each => each.take(key()))
      expectSame(taken.filter(isThere), ['value'], 'what 20 concurrent takes gave')
      expectSame(await store.get(key()), undefined, 'get after 20 concurrent takes')
    }
  },
  {
    title: 'of 20 who delete at once one is told that it did',
    async check (store, { key, later, open }) {
      await store.set(key(), 'value', later)
      const deleted = await atOnce([store, await open()], 20, each => each.delete(key()))
      expectSame(deleted.filter(Boolean).length, 1, 'number of 20 concurrent deletes that said they deleted')
    }
  },
  {
    title: 'what is deleted while it is replaced is gone in the end',
    async check (store, { key, later, open }) {
      const names = Array.from({ length: 20 }, (_, index) => key(`${index}`))
      const versions = await Promise.all(names.map(name => store.set(name, 'first', later)))
      const other = await open()
      await Promise.all(names.flatMap((name, index) => [
        store.replace(name, `${versions[index]}`, 'second', later), other.delete(name)
      ]))
      const left = (await store.getMany(names)).filter(entry => entry !== undefined)
      expectSame(left, [], 'what is left of 20 values, each deleted while it was replaced')
    }
  }
]
