import { type Draft, expectSame, expectVersion } from './bench.ts'

/** What each operation does, one caller at a time. */
export const operations: readonly Draft[] = [
  {
    title: 'what is set can be got, with its version and its end',
    async check (store, { key, later }) {
      const version = await store.set(key(), 'value', later)
      expectVersion(version, 'set gave no version')
      expectSame(await store.get(key()), { value: 'value', version, ...later }, 'get after set')
    }
  },
  {
    title: 'what one store writes another reads',
    async check (store, { key, later, open }) {
      const version = await store.set(key(), 'value', later)
      const other = await open()
      expectSame(await other.get(key()), { value: 'value', version, ...later }, 'get through a second store')
    }
  },
  {
    title: 'nothing is under a key that was never written',
    async check (store, { key, later }) {
      expectSame(await store.get(key()), undefined, 'get of a key that was never written')
      expectSame(await store.take(key()), undefined, 'take of a key that was never written')
      expectSame(await store.delete(key()), false, 'delete of a key that was never written')
      expectSame(await store.replace(key(), '1', 'value', later), undefined, 'replace of a key that was never written')
      expectSame(await store.get(key()), undefined, 'get after a replace that had nothing to replace')
    }
  },
  {
    title: 'a second set takes the place of the first, its end and its version',
    async check (store, { key, soon, later }) {
      const first = await store.set(key(), 'value', soon)
      const version = await store.set(key(), 'value', later)
      expectSame(version === first, false, 'two writes of one value have the same version')
      expectSame(await store.get(key()), { value: 'value', version, ...later }, 'get after the second set')
    }
  },
  {
    title: 'several keys are read in their order, with nothing where nothing is',
    async check (store, { key, clock, soon, later }) {
      const [a, b, missing, ended] = [key('a'), key('b'), key('missing'), key('ended')]
      const first = { value: '1', version: await store.set(a, '1', later), ...later }
      const second = { value: '2', version: await store.set(b, '2', later), ...later }
      await store.set(ended, '3', soon)
      clock.advance(1800)
      expectSame(await store.getMany([b, missing, a, ended, b]), [second, undefined, first, undefined, second], 'getMany')
      expectSame(await store.getMany([missing]), [undefined], 'getMany of one key that was never written')
      expectSame(await store.getMany([]), [], 'getMany of no keys')
    }
  },
  {
    title: 'what a store knows without asking is what it says when it is asked, also after its own writes',
    async check (store, { key, clock, soon, later }) {
      const keys = [key('a'), key('b')]
      const expectKnown = async (after: string): Promise<void> => {
        const asked = await store.getMany(keys)
        const known = store.peek?.(keys)
        if (known !== undefined) expectSame(known, asked, `peek after ${after}`)
      }
      await expectKnown('nothing')
      await store.set(key('a'), '1', soon)
      await expectKnown('set')
      const version = await store.add(key('b'), '2', later)
      await expectKnown('add')
      await store.replace(key('b'), String(version), '3', later)
      await expectKnown('replace')
      await store.delete(key('b'))
      await expectKnown('delete')
      await store.set(key('b'), '4', later)
      await store.getMany(keys)
      await store.take(key('b'))
      await expectKnown('take')
      clock.advance(1800)
      await expectKnown('the end of a value')
    }
  },
  {
    title: 'a value is added only where nothing lives',
    async check (store, { key, later }) {
      const version = await store.add(key(), 'first', later)
      expectVersion(version, 'add of a key that was never written')
      expectSame(await store.add(key(), 'second', later), undefined, 'add over a living value')
      expectSame(await store.get(key()), { value: 'first', version, ...later }, 'get after an add that came second')
    }
  },
  {
    title: 'a value is added where one was deleted or taken',
    async check (store, { key, later }) {
      await store.set(key('deleted'), 'first', later)
      await store.set(key('taken'), 'first', later)
      await store.delete(key('deleted'))
      await store.take(key('taken'))
      for (const name of ['deleted', 'taken']) {
        expectVersion(await store.add(key(name), 'second', later), `add where a value was ${name}`)
        expectSame((await store.get(key(name)))?.value, 'second', `get of what was added where a value was ${name}`)
      }
    }
  },
  {
    title: 'a value is replaced only over the version that was read',
    async check (store, { key, soon, later }) {
      const first = await store.set(key(), 'first', soon)
      const version = await store.replace(key(), first, 'second', later)
      expectVersion(version, 'replace of the living version')
      expectSame(version === first, false, 'replace gave the version that it replaced')
      expectSame(await store.get(key()), { value: 'second', version, ...later }, 'get after replace')
      for (const wrong of [first, 'no such version', '']) {
        expectSame(await store.replace(key(), wrong, 'third', later), undefined, `replace of the version ${wrong}`)
      }
      expectSame(await store.get(key()), { value: 'second', version, ...later }, 'get after replaces of other versions')
    }
  },
  {
    title: 'replacing never revives what was deleted or taken',
    async check (store, { key, later }) {
      const deleted = await store.set(key('deleted'), 'first', later)
      const taken = await store.set(key('taken'), 'first', later)
      await store.delete(key('deleted'))
      await store.take(key('taken'))
      for (const [name, version] of [['deleted', deleted], ['taken', taken]] as const) {
        expectSame(await store.replace(key(name), version, 'second', later), undefined, `replace of what was ${name}`)
        expectSame(await store.get(key(name)), undefined, `get after a replace of what was ${name}`)
      }
    }
  },
  {
    title: 'the version of a value that was deleted never comes back',
    async check (store, { key, later }) {
      const versions = new Set<string | undefined>()
      const first = await store.set(key(), 'value', later)
      for (let turn = 0; turn < 5; turn++) {
        versions.add((await store.get(key()))?.version)
        await store.delete(key())
        expectVersion(await store.add(key(), 'value', later), 'add after delete')
      }
      expectSame(versions.size, 5, 'number of versions of five values, each deleted before the next was added')
      expectSame(await store.replace(key(), first, 'old', later), undefined, 'replace of the version of a deleted value')
      expectSame(await store.delete(key(), first), false, 'delete of the version of a deleted value')
      expectSame((await store.get(key()))?.value, 'value', 'get of the value that lives')
    }
  },
  {
    title: 'taking gives a value and deletes it',
    async check (store, { key, later }) {
      await store.set(key(), 'value', later)
      expectSame(await store.take(key()), 'value', 'take')
      expectSame(await store.get(key()), undefined, 'get after take')
      expectSame(await store.take(key()), undefined, 'a second take')
    }
  },
  {
    title: 'deleting says whether something was deleted',
    async check (store, { key, later }) {
      await store.set(key(), 'value', later)
      expectSame(await store.delete(key()), true, 'delete of a living value')
      expectSame(await store.get(key()), undefined, 'get after delete')
      expectSame(await store.delete(key()), false, 'a second delete')
    }
  },
  {
    title: 'deleting with a version spares what was written since',
    async check (store, { key, later }) {
      const old = await store.set(key(), 'first', later)
      const version = await store.set(key(), 'second', later)
      expectSame(await store.delete(key(), old), false, 'delete of a version that was overwritten')
      expectSame((await store.get(key()))?.value, 'second', 'get after a delete of a version that was overwritten')
      expectSame(await store.delete(key(), version), true, 'delete of the living version')
      expectSame(await store.get(key()), undefined, 'get after a delete of the living version')
    }
  },
  {
    title: 'closing a store takes nothing from another',
    async check (store, { key, later, open, close }) {
      const other = await open()
      await store.set(key(), 'value', later)
      const closing = await open()
      await closing.get(key())
      await close(closing)
      expectSame((await other.get(key()))?.value, 'value', 'get after another store was closed')
    }
  }
]
