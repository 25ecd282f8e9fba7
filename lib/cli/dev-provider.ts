import { parseArgs } from 'node:util'
import { type DevProvider } from '../dev-provider/index.ts'
import { type Terminal } from './command.ts'

const options = {
  port: { type: 'string', default: '9000' },
  'client-secret': { type: 'string' }
} as const

const signals = ['SIGINT', 'SIGTERM'] as const

async function stopSignal (): Promise<void> {
  await new Promise<void>(resolve => {
    function stop () {
      for (const signal of signals) process.off(signal, stop)
      resolve()
    }
    for (const signal of signals) process.on(signal, stop)
  })
}

function describe ({ issuer, clientId, clientSecret, people }: DevProvider): string {
  return `Development provider: signs everybody in, without a password. For this machine only.

  issuer         ${issuer}
  client id      ${clientId}
  client secret  ${clientSecret}
  people         ${people.map(person => person.sub).join(', ')}

In your application:

  await app.register(authPlugin, {
    secret: process.env.SESSION_SECRET,
    publicUrl: 'http://localhost:3000',
    oidc: {
      issuer: '${issuer}',
      clientId: '${clientId}',
      clientSecret: '${clientSecret}'
    }
  })

Any address of localhost and 127.0.0.1 may receive the answer. Stop with Ctrl+C.
`
}

/** `fastify-login dev-provider`: runs a development provider until SIGINT or SIGTERM. */
export async function runDevProvider (args: readonly string[], { stdout }: Terminal): Promise<number> {
  const { values } = parseArgs({ args: [...args], options })
  const { startDevProvider } = await import('../dev-provider/index.ts')
  const secret = values['client-secret']
  const client = secret === undefined ? {} : { client_secret: secret }
  const provider = await startDevProvider({ port: Number(values.port), client })
  const stopped = stopSignal()
  stdout.write(describe(provider))
  await stopped
  await provider.close()
  return 0
}
