import type { FastifyRequest } from 'fastify'
import { bounded } from '../bounded.ts'
import { digestOf } from '../digest.ts'
import { ProviderUnavailable, TenantUnknown } from '../errors.ts'
import type { SignIn } from '../guard/realm-parts.ts'
import type { TenantParts, Tenants } from '../guard/realm.ts'
import { assertObject, refuse } from '../options/check.ts'
import type { TenantOptions } from '../options/oidc-options.ts'
import { resolveAllowHttp } from '../options/oidc-settings.ts'
import { assertFits, resolveProvider, type TenantEntry } from '../options/provider-settings.ts'
import { type PublicUrl, resolvePublicUrl } from '../options/public-url.ts'
import { createSignInParts, type SignInGround, type SignInParts } from './create-sign-in.ts'

/** Milliseconds that the application's function may take: each request for the host waits for it. */
const PATIENCE = 2_000

/** So many tenants are kept at hand; one that was not asked for the longest time is made anew. */
const MOST_SITES = 1_000

/** What the application says of a tenant, by the name of the provider. */
type Answers = ReadonlyArray<readonly [name: string, options: TenantOptions]>

async function ask ({ find }: TenantEntry, request: FastifyRequest): Promise<TenantOptions | undefined> {
  try {
    return await bounded(async () => await find(request), PATIENCE) ?? undefined
  } catch (cause) {
    throw new ProviderUnavailable({ cause })
  }
}

/** The sites of tenants, each made when a request comes for it. */
export class TenantSites implements Tenants {
  readonly #ground: SignInGround
  readonly #sites = new Map<string, SignInParts>()
  readonly #bySignIn = new WeakMap<SignIn, SignInParts>()

  constructor (ground: SignInGround) {
    this.#ground = ground
  }

  /** Those that are at hand. */
  get known (): Iterable<SignInParts> {
    return this.#sites.values()
  }

  siteOf (signIn: SignIn | undefined): SignInParts | undefined {
    return signIn === undefined ? undefined : this.#bySignIn.get(signIn)
  }

  /** @throws TenantUnknown, ProviderUnavailable, and ConfigurationError for options that are refused */
  async of (request: FastifyRequest): Promise<TenantParts> {
    const { tenants, providers } = this.#ground.settings
    const asked = await Promise.all(tenants.map(async entry => [entry.name, await ask(entry, request)] as const))
    const answers = asked.flatMap(([name, options]) => options === undefined ? [] : [[name, options] as const])
    if (answers.length === 0 && providers.length === 0) throw new TenantUnknown()
    const key = digestOf(JSON.stringify(answers))
    const site = this.#sites.get(key) ?? this.#create(answers)
    // The one that was asked for last comes last.
    this.#sites.delete(key)
    this.#sites.set(key, site)
    const [oldest] = this.#sites.keys()
    if (this.#sites.size > MOST_SITES && oldest !== undefined) this.#sites.delete(oldest)
    return site
  }

  #create (answers: Answers): SignInParts {
    const { settings } = this.#ground
    const publicUrl = this.#publicUrlOf(answers)
    const providers = [...settings.providers, ...answers.map(([name, answer]) => {
      assertObject(answer, `providers.${name}`)
      const { publicUrl: _, ...options } = answer
      const isProduction = process.env.NODE_ENV === 'production'
      const provider = resolveProvider(name, options, resolveAllowHttp(options.allowHttp ?? false, isProduction))
      assertFits(provider, settings, `providers.${name}`)
      if (provider.responseMode === 'query') return provider
      return refuse(`providers.${name}.responseMode`, 'must be "query" for tenants.')
    })]
    const own = Object.freeze({ ...settings, publicUrl, providers })
    const site = createSignInParts({ ...this.#ground, publicUrl, settings: own })
    this.#bySignIn.set(site.signIn, site)
    return site
  }

  /** Cookies and routes are the same everywhere, so nothing but the host may differ. */
  #publicUrlOf (answers: Answers): PublicUrl {
    const { publicUrl } = this.#ground
    const [own, ...more] = new Set(answers.flatMap(([, options]) => options.publicUrl ?? []))
    if (more.length > 0) refuse('providers', 'say different addresses ("publicUrl") for one request.')
    if (own === undefined) return publicUrl
    const resolved = resolvePublicUrl(own, !publicUrl.isSecure)
    const isAlike = resolved.basePath === publicUrl.basePath && resolved.isSecure === publicUrl.isSecure
    if (!isAlike) refuse('providers', 'say an address ("publicUrl") with another scheme or path than the option "publicUrl".')
    return resolved
  }
}
