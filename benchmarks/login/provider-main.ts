/** The process of the provider: a real oidc-provider on loopback. */
import { type DevProvider, startDevProvider } from 'fastify-login/dev-provider'
import { answerWith } from '../harness/child.ts'

let running: DevProvider | undefined

answerWith({
  async start () {
    process.env.NODE_ENV = 'test' // It lets everybody in, and does not start in production.
    running = await startDevProvider()
    const { issuer, clientId, clientSecret } = running
    return { issuer, clientId, clientSecret }
  },
  close: () => running?.close()
})
