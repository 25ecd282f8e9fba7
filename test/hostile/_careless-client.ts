import { createHash, randomBytes } from 'node:crypto'
import type { ScriptedProvider } from '../oidc/_scripted-provider.ts'
import type { Site } from '../oidc/_site.ts'
import type { Client, Outcome, Returning, Tamper } from './_client.ts'

type Members = Record<string, unknown>

const CALLBACK = 'https://careless.example.com/callback'

/** What a part of a token says, if it says anything. */
function sayingsOf (part: string): readonly unknown[] {
  try {
    return [JSON.parse(Buffer.from(part, 'base64url').toString())].flat()
  } catch {
    return []
  }
}

/** The claims of a token that nobody verified, wherever between dots they are. */
function claimsOf (token: unknown): Members {
  return Object.assign({}, ...String(token).split('.').flatMap(sayingsOf)) as Members
}

/** Whether a client that looks at nothing ends the session of this person for a logout token. */
export function carelesslyEnds (token: string, { sub, sid }: { readonly sub: string, readonly sid: string }): boolean {
  const claims = claimsOf(token)
  return String(claims['sid']) === sid || String(claims['sub']) === sub
}

/** Whether a client that looks at nothing takes a new access token from the answer to a refresh. */
export async function carelessRefresh ({ fetch, issuer }: ScriptedProvider): Promise<boolean> {
  const body = new URLSearchParams({ grant_type: 'refresh_token' })
  const answer = await (await fetch(`${issuer}/token`, { method: 'POST', body })).json() as Members
  return typeof answer['access_token'] === 'string'
}

/**
 * A client that goes through the same login and looks at nothing: no signature, claim, state, issuer, status or type of
 * content. Whoever it refuses could not have been signed in by anybody. It shows of a case that its one fault is all
 * that is wrong with it.
 */
export class CarelessClient implements Client {
  readonly #site: Site
  readonly #provider: ScriptedProvider
  readonly #asksUserinfo: boolean

  constructor (site: Site, asksUserinfo: boolean) {
    this.#site = site
    this.#provider = site.provider
    this.#asksUserinfo = asksUserinfo
  }

  async signIn (tamper: Tamper = () => {}): Promise<Outcome> {
    const server = await this.#json(`${this.#provider.issuer}/.well-known/openid-configuration`)
    const verifier = randomBytes(32).toString('base64url')
    const parameters = this.#authorize(server, verifier)
    await tamper(this.#returning(server, parameters))
    const tokens = await this.#redeem(server, String(parameters.get('code')), verifier)
    const claims = claimsOf(tokens['id_token'])
    if (!this.#asksUserinfo) return { who: String(claims['sub']) }
    const authorization = `Bearer ${String(tokens['access_token'])}`
    const userinfo = await this.#json(String(server['userinfo_endpoint']), { headers: { authorization } })
    return { who: String(userinfo['sub']) }
  }

  #authorize (server: Members, verifier: string): URLSearchParams {
    const location = new URL(String(server['authorization_endpoint']))
    const asked = {
      client_id: this.#provider.clientId,
      redirect_uri: CALLBACK,
      state: 'careless',
      nonce: 'careless',
      code_challenge: createHash('sha256').update(verifier).digest('base64url')
    }
    for (const [name, value] of Object.entries(asked)) location.searchParams.set(name, value)
    return new URL(this.#provider.authorize(location.href), CALLBACK).searchParams
  }

  async #redeem (server: Members, code: string, verifier: string): Promise<Members> {
    const body = new URLSearchParams({ code, code_verifier: verifier, redirect_uri: CALLBACK })
    const { clientId, clientSecret } = this.#provider
    const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
    return await this.#json(String(server['token_endpoint']), { method: 'POST', body, headers: { authorization } })
  }

  /** Whatever JSON is behind an address, with any status and after any redirect; claims of a token will do too. */
  async #json (address: string, init?: RequestInit): Promise<Members> {
    const answer = await this.#provider.fetch(address, init)
    const location = answer.headers.get('location')
    if (location !== null) return await this.#json(new URL(location, address).href, init)
    const text = await answer.text()
    try {
      return JSON.parse(text) as Members
    } catch (cause) {
      if (text.startsWith('ey')) return claimsOf(text)
      throw cause
    }
  }

  #returning (server: Members, parameters: URLSearchParams): Returning {
    return {
      parameters,
      foreignState: async () => 'the state of somebody else',
      spent: async () => {
        const verifier = randomBytes(32).toString('base64url')
        const spent = this.#authorize(server, verifier)
        await this.#redeem(server, String(spent.get('code')), verifier)
        return spent
      },
      wait: seconds => this.#site.clock.advance(seconds)
    }
  }
}
