import { test } from 'tap'
import { SignerKeys } from '../../lib/broker/signer-keys.ts'
import { StoredKeys } from '../../lib/broker/stored-keys.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { aStart, taken } from '../session/_issued.ts'
import { aBroker } from './_broker.ts'
import { aSigner } from './_signer.ts'

test('a broker has its keys in the store, and nothing is made before somebody asks for a key', async t => {
  const shared = new MemoryStore()
  let adds = 0
  t.intercept(shared, 'add', { value: async () => { adds++; throw new Error('away') } })
  const { keys, tokens } = await aBroker({ shared })
  t.type(keys, StoredKeys)
  t.equal(tokens.verify('x.y.z'), undefined)
  t.equal(adds, 0)
  await t.rejects(tokens.issue(aStart()), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
  t.equal(adds, 1)
})

test('a broker whose keys live elsewhere has none in the store', async t => {
  const signer = aSigner()
  const shared = new MemoryStore()
  t.intercept(shared, 'get', { value: async () => { throw new Error('nobody asks the store') } })
  const { keys, tokens } = await aBroker({
    shared, signer: { sign: signer.sign, publicKeys: async () => [signer.publicKey] }
  })
  t.type(keys, SignerKeys)
  taken(await tokens.verify((await tokens.issue(aStart())).text))
})
