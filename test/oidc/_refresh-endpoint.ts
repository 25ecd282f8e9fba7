import { randomBytes } from 'node:crypto'
import { type Answer, json, type ScriptedProvider, type SeenRequest } from './_scripted-provider.ts'

const random = (): string => randomBytes(24).toString('base64url')

/** What a sign-in began with. */
export interface IssuedTokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly idToken: string
}

/**
 * The token endpoint of a scripted provider as it refreshes: refresh tokens rotate, and who uses one twice loses all
 * that came of it (RFC 9700, section 4.14.2). A test can change what it says, or what the next requests get.
 */
export class RefreshEndpoint {
  /** Over the members of the answers. */
  answer: Record<string, unknown> = {}
  /** Whether each refresh gives another refresh token. */
  isRotating = true
  /** In place of the next answers. */
  readonly next: Answer[] = []
  readonly requests: URLSearchParams[] = []
  /** How many refreshes were answered with tokens. */
  granted = 0
  readonly #provider: ScriptedProvider
  /** The family of each refresh token, and whether it was used. */
  readonly #tokens = new Map<string, { readonly family: string, isSpent: boolean }>()
  readonly #revoked = new Set<string>()

  constructor (provider: ScriptedProvider) {
    this.#provider = provider
    provider.answers.token = request => {
      this.requests.push(request.form)
      return (this.next.shift() ?? (one => this.refresh(one)))(request)
    }
  }

  async issue (claims: Record<string, unknown> = {}): Promise<IssuedTokens> {
    return {
      accessToken: random(),
      refreshToken: this.#issueRefreshToken(random()),
      idToken: await this.#provider.idToken({ nonce: 'the nonce', auth_time: this.#seconds(), ...claims })
    }
  }

  /** Takes all back that came of a sign-in. */
  revoke (refreshToken: string): void {
    this.#revoked.add(String(this.#tokens.get(refreshToken)?.family))
  }

  /** The endpoint that keeps the rules. */
  async refresh ({ form }: SeenRequest): Promise<Response> {
    const token = this.#tokens.get(String(form.get('refresh_token')))
    if (token?.isSpent === true && this.isRotating) this.#revoked.add(token.family)
    if (token === undefined || this.#revoked.has(token.family)) return json({ error: 'invalid_grant' }, 400)
    token.isSpent = true
    this.granted++
    return json({
      access_token: random(),
      token_type: 'Bearer',
      expires_in: 300,
      id_token: await this.#provider.idToken(),
      ...(this.isRotating ? { refresh_token: this.#issueRefreshToken(token.family) } : {}),
      ...(form.has('scope') ? { scope: form.get('scope') } : {}),
      ...this.answer
    })
  }

  #issueRefreshToken (family: string): string {
    const refreshToken = random()
    this.#tokens.set(refreshToken, { family, isSpent: false })
    return refreshToken
  }

  #seconds (): number {
    return Math.floor(this.#provider.now() / 1000)
  }
}
