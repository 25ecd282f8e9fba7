import type { Test } from 'tap'
import type { Store, StoreOptions } from '../../../lib/stores/store.ts'
import { storeContract } from '../../../lib/testing/index.ts'
import type { DatabaseServer } from '../../_database-server.ts'
import { createFreezer } from '../_freezer.ts'

type Open = (url: string, options: StoreOptions) => Promise<Store>

const later = () => ({ expiresAt: Date.now() + 3_600_000 })

/** What holds for a store that was opened by the URL of a server, whatever the server is. */
export function testOpened (t: Test, server: DatabaseServer, open: Open): void {
  t.test('the store keeps the contract', async t => {
    const makeStore = ({ now }: { now: () => number }) => open(server.url, { now })
    for (const { title, check } of storeContract(makeStore, { restart: () => server.restart() })) t.test(title, check)
  })

  t.test('it opens while the server is down, and works when it is there', async t => {
    await server.stop()
    const store = await open(server.url, {})
    await t.rejects(store.get('key'), { code: 'ECONNREFUSED' })
    await server.start()
    await store.set('key', 'value', later())
    t.match(await store.get('key'), { value: 'value' })
    await store.close()
  })

  t.test('a connection that froze is given up after one answer did not come', async t => {
    const freezer = await createFreezer(t, server.port)
    const store = await open(server.url.replace(`${server.port}`, `${freezer.port}`), {})
    t.equal(await store.get('frozen'), undefined)
    freezer.freeze()
    await t.rejects(store.get('frozen'), { message: /timeout/ })
    t.equal(await store.get('frozen'), undefined)
    await store.close()
  })

  t.test('a closed store takes nothing more', async t => {
    const store = await open(server.url, {})
    await store.set('key', 'value', later())
    await store.close()
    await t.resolves(store.close())
    await t.rejects(store.get('key'))
  })
}
