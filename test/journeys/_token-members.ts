import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import Fastify from 'fastify'
import type { Test } from 'tap'
import { type DevProvider, startDevProvider } from '../../lib/dev-provider/index.ts'
import { TokenVault } from '../../lib/oidc/tokens/token-vault.ts'
import { openStore } from '../../lib/stores/open-store.ts'
import { createVault } from '../../lib/vault.ts'
import { secret as createSecret } from '../_app.ts'
import { startListening } from '../_listening-process.ts'
import { startRedis } from '../_redis.ts'
import { Browser } from '../dev-provider/_browser.ts'
import { type Client, discover, signIn } from '../dev-provider/_client.ts'
import { aSession } from '../session/_session.ts'

/** What stands between an application and the token endpoint does with one request; `forward` asks the endpoint. */
export type Detour = (forward: () => Promise<Response>, refreshToken: string) => Promise<Response>

/** A token endpoint that counts, and that a test can hold up. */
export interface Gateway {
  readonly url: string
  /** The refresh tokens of the requests that came. */
  readonly seen: string[]
  detour: Detour
}

async function startGateway (t: Test, target: string): Promise<Gateway> {
  const server = createServer((incoming, outgoing) => {
    const answer = async (): Promise<void> => {
      const body = await buffer(incoming)
      const refreshToken = String(new URLSearchParams(body.toString()).get('refresh_token'))
      gateway.seen.push(refreshToken)
      const { authorization, 'content-type': type } = incoming.headers
      const headers = { authorization: String(authorization), 'content-type': String(type) }
      const forward = (): Promise<Response> => fetch(target, { method: 'POST', headers, body: new Uint8Array(body) })
      const response = await gateway.detour(forward, refreshToken)
      outgoing.writeHead(response.status, { 'content-type': 'application/json' }).end(await response.text())
    }
    answer().catch(() => { outgoing.destroy() })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const gateway: Gateway = { url: `http://127.0.0.1:${port}/token`, seen: [], detour: forward => forward() }
  return gateway
}

/** A session with tokens of a real provider. */
export interface TokenSession {
  readonly handle: string
  readonly refreshToken: string
  readonly accessToken: string
}

export interface MemberAnswer {
  readonly status: number
  readonly kind: string | undefined
  readonly accessToken: string | undefined
}

export class TokenMember {
  readonly #address: string
  readonly #child: ChildProcess

  constructor (address: string, child: ChildProcess) {
    this.#address = address
    this.#child = child
  }

  async token ({ handle }: TokenSession): Promise<MemberAnswer> {
    const answer = await fetch(`${this.#address}/token/${handle}`)
    const { kind, accessToken } = await answer.json() as { kind?: string, accessToken?: string }
    return { status: answer.status, kind, accessToken }
  }

  async events (): Promise<readonly string[]> {
    return await (await fetch(`${this.#address}/events`)).json() as readonly string[]
  }

  async kill (): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }
}

/** Processes that share a real Redis, in front of a provider that rotates refresh tokens and detects their reuse. */
export class TokenTown {
  readonly gateway: Gateway
  readonly #provider: DevProvider
  readonly #client: Client
  readonly #vault: TokenVault
  readonly #start: () => Promise<TokenMember>

  constructor (
    gateway: Gateway, provider: DevProvider, client: Client, vault: TokenVault, start: () => Promise<TokenMember>
  ) {
    this.gateway = gateway
    this.#provider = provider
    this.#client = client
    this.#vault = vault
    this.#start = start
  }

  async member (): Promise<TokenMember> {
    return await this.#start()
  }

  /** Signs somebody in, long enough ago that the access token has ended. */
  async signIn (): Promise<TokenSession> {
    const browser = new Browser(this.#provider.issuer)
    const { tokens } = await signIn(this.#client, browser, 'alice', { scope: 'openid offline_access' })
    const { access_token: accessToken, refresh_token: refreshToken = '', id_token: idToken = '' } = tokens
    const now = Math.floor(Date.now() / 1000)
    const session = aSession({}, now)
    const scopes = ['openid', 'offline_access']
    await this.#vault.keep({ handle: session.handle, endsAt: now + 3600 }, {
      provider: 'oidc',
      issuer: this.#provider.issuer,
      idToken,
      refreshToken,
      scopes,
      accessTokens: [{ accessToken, tokenType: 'bearer', scopes, asked: scopes, issuedAt: now - 300, expiresAt: now }]
    })
    return { handle: session.handle, refreshToken, accessToken }
  }

  /** Whether the provider takes an access token. */
  async isGood (accessToken: string | undefined): Promise<boolean> {
    const headers = { authorization: `Bearer ${accessToken}` }
    const answer = await fetch(String(this.#client.server.userinfo_endpoint), { headers })
    return answer.status === 200
  }
}

export async function startTokenTown (t: Test): Promise<TokenTown> {
  const redis = await startRedis()
  t.teardown(() => redis.stop())
  const provider = await startDevProvider()
  t.teardown(() => provider.close())
  const client = await discover(provider)
  const gateway = await startGateway(t, String(client.server.token_endpoint))
  const { issuer, clientId, clientSecret } = provider
  const metadata = { ...client.server, token_endpoint: gateway.url }
  const oidc = { issuer, clientId, clientSecret, scopes: ['offline_access'], metadata }
  const secret = createSecret()
  const env = { MEMBER: JSON.stringify({ secret, redis: redis.url, oidc }) }

  async function start (): Promise<TokenMember> {
    const { address, child } = await startListening(t, join(import.meta.dirname, '_token-member.ts'), env)
    return new TokenMember(address, child)
  }

  const { store } = await openStore(redis.url)
  t.teardown(() => store.close())
  const vault = new TokenVault(await createVault(Fastify(), [Buffer.from(secret)], 'tokens'), store)
  return new TokenTown(gateway, provider, client, vault, start)
}
