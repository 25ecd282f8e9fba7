/** A process with an application that trusts one peer, and says whom a token is about. */
import Fastify from 'fastify'
import { digestOf } from '../../lib/digest.ts'
import { authPlugin } from '../../lib/index.ts'
import { openStore } from '../../lib/stores/open-store.ts'

const { STORE = '', PEER = '', SECRET = '', TRUST = 'yes' } = process.env
const publicUrl = 'https://app.example'
const { store } = await openStore(STORE, {})
const app = Fastify()
await app.register(authPlugin, {
  secret: SECRET, publicUrl, broker: { store: STORE, trustedIssuers: TRUST === 'yes' ? { archive: PEER } : {} }
})
app.get('/', { onRequest: [app.loginRequired] }, async ({ currentUser }) => currentUser)
/** How many answers of peers are in the store. */
app.get('/kept', async () => {
  const keys = await store.keys(`peer-answers:${digestOf(publicUrl)}`)
  const entries = await Promise.all(keys.map(key => store.get(key)))
  return String(entries.filter(entry => entry !== undefined).length)
})
process.send?.(await app.listen({ port: 0, host: '127.0.0.1' }))
process.once('disconnect', () => process.exit())
