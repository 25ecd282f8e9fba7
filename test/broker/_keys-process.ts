import { once } from 'node:events'
import { StoredKeys } from '../../lib/broker/stored-keys.ts'
import { openStore } from '../../lib/stores/open-store.ts'
import { vaultOf } from '../session/_session.ts'
import { ISSUER } from './_broker.ts'

const [url = '', secret = ''] = process.argv.slice(2)
const vault = await vaultOf(secret)
const { store } = await openStore(url)
let added = 0
const keys = new StoredKeys({
  settings: { issuer: ISSUER, signingAlg: 'ES256', rotateKeys: undefined },
  vault,
  store,
  events: { emit () { added++ } },
  now: Date.now
})
process.send?.('ready')
await once(process, 'message')
const { kid } = await keys.signer()
process.send?.({ kid, published: (await keys.jwks()).keys.map(jwk => jwk.kid), added })
await store.close()
process.disconnect()
