import { randomBytes } from 'node:crypto'
import { type Answer, json, ScriptedProvider } from './_scripted-provider.ts'
import { buildSite, type Response, type Site, type SiteOptions, type Visitor } from './_site.ts'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

export const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** Sign-in by device code at a scripted provider that keeps the rules of RFC 8628, until a test changes one thing. */
export class Devices {
  readonly provider: ScriptedProvider
  /** Over the members of the device authorization. */
  authorization: Record<string, unknown> = {}
  /** What the token endpoint says about every code, in place of tokens; undefined once the person has agreed. */
  error: string | undefined = 'authorization_pending'
  /** In place of all that, for one question each. */
  readonly next: Answer[] = []
  readonly #codes = new Set<string>()

  constructor (provider: ScriptedProvider) {
    this.provider = provider
    provider.metadata = { device_authorization_endpoint: `${provider.issuer}/device` }
    provider.answers.device = () => json(this.#authorize())
    provider.answers.token = request => this.next.shift()?.(request) ?? this.#redeem(String(request.form.get('device_code')))
  }

  /** How often the token endpoint was asked. */
  get asked (): number {
    return this.provider.count('token')
  }

  #authorize (): Record<string, unknown> {
    const code = randomBytes(24).toString('base64url')
    const answer = {
      device_code: code,
      user_code: 'BDFH-KLMN',
      verification_uri: `${this.provider.issuer}/go`,
      verification_uri_complete: `${this.provider.issuer}/go?user_code=BDFH-KLMN`,
      expires_in: 300,
      ...this.authorization
    }
    this.#codes.add(String(answer.device_code))
    if (String(answer.device_code).length >= 16) this.provider.secrets.add(String(answer.device_code))
    return answer
  }

  /** A code is good once. */
  async #redeem (code: string): Promise<globalThis.Response> {
    if (this.error !== undefined) return json({ error: this.error }, 400)
    if (!this.#codes.delete(code)) return json({ error: 'invalid_grant' }, 400)
    const tokens = {
      access_token: randomBytes(24).toString('base64url'),
      token_type: 'Bearer',
      expires_in: 300,
      id_token: await this.provider.idToken(),
      ...this.provider.tokenAnswer
    }
    for (const name of ['access_token', 'id_token'] as const) this.provider.secrets.add(String(tokens[name]))
    return json(tokens)
  }
}

export interface DeviceSite {
  readonly site: Site
  readonly devices: Devices
}

/** An application without a redirect address. */
export async function buildDeviceSite (t: Teardown, { routes, ...options }: SiteOptions = {}): Promise<DeviceSite> {
  const provider = options.provider ?? await ScriptedProvider.create()
  const devices = new Devices(provider)
  const site = await buildSite(t, { routes: { callback: false, ...routes }, ...options, provider })
  return { site, devices }
}

/** What the script of the page asks. */
export async function poll (visitor: Visitor, page: string, headers: Record<string, string> = {}): Promise<Response> {
  const state = String(new URL(page, 'https://app.example.com').searchParams.get('state'))
  return await visitor.post('/auth/device-login', `action=poll&state=${state}`, {
    'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', ...headers
  })
}

/** Begins a sign-in; gives the path of the page that waits. */
export async function beginAt (visitor: Visitor, path?: string): Promise<string> {
  const { pathname, search } = new URL(await visitor.begin(path))
  return pathname + search
}
