import { type Draft, expectSame, expectVersion } from './bench.ts'

const HALF_HOUR = 1800
/** How far two clocks are apart: more than a value lives. */
const SKEW = 7200

/** When a value ends, by whose clock. */
export const expiry: readonly Draft[] = [
  {
    title: 'a value ends in the millisecond of its end',
    async check (store, { key, clock, soon }) {
      await store.set(key(), 'value', soon)
      clock.advance(HALF_HOUR - 0.001)
      expectSame((await store.get(key()))?.value, 'value', 'get one millisecond before the end')
      clock.advance(0.001)
      expectSame(await store.get(key()), undefined, 'get in the millisecond of the end')
      expectSame(await store.getMany([key()]), [undefined], 'getMany in the millisecond of the end')
    }
  },
  {
    title: 'what has ended cannot be taken, deleted or replaced',
    async check (store, { key, clock, soon, later }) {
      for (const name of ['taken', 'deleted']) await store.set(key(name), 'value', soon)
      const version = await store.set(key('version'), 'value', soon)
      const replaced = await store.set(key('replaced'), 'value', soon)
      clock.advance(HALF_HOUR)
      expectSame(await store.take(key('taken')), undefined, 'take of what has ended')
      expectSame(await store.delete(key('deleted')), false, 'delete of what has ended')
      expectSame(await store.delete(key('version'), version), false, 'delete of a version that has ended')
      expectSame(await store.replace(key('replaced'), replaced, 'new', later), undefined, 'replace of what has ended')
      expectSame(await store.get(key('replaced')), undefined, 'get after a replace of what has ended')
    }
  },
  {
    title: 'a value is added, and set, over one that has ended',
    async check (store, { key, clock, soon, later }) {
      const old = await store.set(key('add'), 'first', soon)
      await store.set(key('set'), 'first', soon)
      clock.advance(HALF_HOUR)
      const added = await store.add(key('add'), 'second', later)
      expectVersion(added, 'add over what has ended')
      expectSame(added === old, false, 'the version of what was added is that of what had ended')
      expectSame(await store.get(key('add')), { value: 'second', version: added, ...later }, 'get after that add')
      const version = await store.set(key('set'), 'second', later)
      expectSame(await store.get(key('set')), { value: 'second', version, ...later }, 'get after a set over what has ended')
    }
  },
  {
    title: 'a value that ends at once was never there',
    async check (store, { key, clock, later }) {
      for (const expiresAt of [clock.now(), clock.now() - 1000]) {
        await store.set(key(), 'value', { expiresAt })
        expectSame(await store.get(key()), undefined, 'get of a value whose end had come when it was set')
        expectVersion(await store.add(key(), 'value', { expiresAt }), 'add of a value whose end has come')
        expectSame(await store.get(key()), undefined, 'get of a value whose end had come when it was added')
      }
      expectVersion(await store.add(key(), 'value', later), 'add where only ended values were written')
    }
  },
  {
    title: 'a write with an end that has come takes the place of what lived',
    async check (store, { key, clock, later }) {
      await store.set(key('set'), 'first', later)
      await store.set(key('set'), 'second', { expiresAt: clock.now() })
      expectSame(await store.get(key('set')), undefined, 'get after a set whose end has come')
      const version = await store.set(key('replace'), 'first', later)
      const gone = await store.replace(key('replace'), version, 'second', { expiresAt: clock.now() })
      expectVersion(gone, 'replace with an end that has come')
      expectSame(await store.get(key('replace')), undefined, 'get after a replace whose end has come')
    }
  },
  {
    title: 'a later write prolongs a value, and shortens it',
    async check (store, { key, clock, soon, later }) {
      const first = await store.set(key('prolonged'), 'value', soon)
      await store.replace(key('prolonged'), first, 'value', later)
      await store.set(key('shortened'), 'value', later)
      await store.set(key('shortened'), 'value', soon)
      clock.advance(HALF_HOUR)
      expectSame((await store.get(key('prolonged')))?.value, 'value', 'get of a value that was prolonged')
      expectSame(await store.get(key('shortened')), undefined, 'get of a value that was shortened')
    }
  },
  {
    title: 'what a store with a clock behind wrote ends by the clock of the reader',
    async check (store, { key, clock, soon, open }) {
      const behind = await open(-SKEW)
      await behind.set(key(), 'value', soon)
      clock.advance(HALF_HOUR - 0.001)
      expectSame((await store.get(key()))?.value, 'value', 'get one millisecond before the end, by the reader')
      clock.advance(0.001)
      expectSame(await store.get(key()), undefined, 'get at the end, by the reader')
      expectSame((await behind.get(key()))?.value, 'value', 'get through the store whose clock is behind')
    }
  },
  {
    title: 'what a store with a clock ahead wrote is read by one behind, until it ends for the one ahead',
    async check (store, { key, clock, open }) {
      const ahead = await open(SKEW)
      const end = { expiresAt: clock.now() + (SKEW + HALF_HOUR) * 1000 }
      const version = await ahead.set(key(), 'value', end)
      expectSame(await store.get(key()), { value: 'value', version, ...end }, 'get through the store whose clock is behind')
      clock.advance(HALF_HOUR)
      expectSame(await ahead.get(key()), undefined, 'get at the end, through the store whose clock is ahead')
    }
  },
  {
    title: 'where the clock is ahead what has ended counts as gone, although the writer thinks it lives',
    async check (store, { key, soon, open }) {
      const ahead = await open(SKEW)
      const version = await store.set(key('replace'), 'value', soon)
      for (const name of ['add', 'take', 'delete']) await store.set(key(name), 'value', soon)
      const end = { expiresAt: soon.expiresAt + SKEW * 1000 }
      expectSame(await ahead.get(key('replace')), undefined, 'get by the clock ahead')
      expectSame(await ahead.replace(key('replace'), version, 'new', end), undefined, 'replace by the clock ahead')
      expectSame(await ahead.take(key('take')), undefined, 'take by the clock ahead')
      expectSame(await ahead.delete(key('delete')), false, 'delete by the clock ahead')
      expectVersion(await ahead.add(key('add'), 'new', end), 'add by the clock ahead')
      expectSame((await store.get(key('add')))?.value, 'new', 'get of what the clock ahead added')
    }
  }
]
