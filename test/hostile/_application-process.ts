/** A process with applications in it, whose memory nobody else uses; `_applications.ts` starts it. */
import Fastify from 'fastify'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { authPlugin, type LoginListeners, type OidcOptions } from '../../lib/index.ts'
import { secret } from '../_app.ts'
import { freePort } from '../_free-port.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const logs = new Map<string, string[]>()
let before = 0
let peak = 0

function look (): void {
  peak = Math.max(peak, process.memoryUsage.rss())
}

async function startApplication (oidc: OidcOptions): Promise<string> {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const lines: string[] = []
  logs.set(origin, lines)
  const stream = { write (line: string) { lines.push(line) } }
  const app = Fastify({ logger: { stream }, forceCloseConnections: true })
  let ahead = 0
  const now = (): number => Date.now() + ahead
  const events: LoginListeners = { revocationFailed: ({ error }) => { app.log.warn({ err: error }, 'not revoked') } }
  await app.register(authPlugin, { secret: secret(), publicUrl: origin, oidc, now, events })
  app.get('/', async () => 'the root')
  app.get('/who', async ({ currentUser }) => currentUser)
  app.get('/deep', { onRequest: [app.loginRequired] }, async ({ currentUser }) => currentUser)
  app.get('/token', { onRequest: [app.loginRequired] }, async request => {
    await request.getAccessToken()
    return 'a token'
  })
  app.get<{ Querystring: { seconds: number } }>('/later', async ({ query }) => {
    ahead += Number(query.seconds) * 1000
    return {}
  })
  app.get('/local-login', async request => {
    await request.loginUser('local')
    return {}
  })
  await app.listen({ port, host: 'localhost' })
  return origin
}

const control = Fastify()
control.post<{ Body: OidcOptions }>('/applications', async ({ body }) => await startApplication(body))
control.get<{ Querystring: { origin: string } }>('/log', async ({ query }) => logs.get(query.origin)?.join(''))
/** Memory is measured from here. */
control.post('/memory', async () => {
  collect()
  before = peak = process.memoryUsage.rss()
  return ''
})
/** By how many bytes the memory of this process has grown, at its peak. */
control.get('/memory', async () => String(peak - before))
/** A client without bounds, for comparison. */
control.post<{ Body: { url: string } }>('/careless', async ({ body }) => String((await (await fetch(body.url)).arrayBuffer()).byteLength))

setInterval(look, 5)
process.send?.(await control.listen({ port: 0, host: '127.0.0.1' }))
process.once('disconnect', () => process.exit())
