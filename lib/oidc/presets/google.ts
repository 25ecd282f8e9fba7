import type { OidcOptions } from '../../options/auth-options.ts'
import { assertBoolean, assertTexts, refuse } from '../../options/check.ts'
import { frozen, type PresetOptions } from './words.ts'

/** What is said of an application that is registered with Google. */
export interface GoogleOptions extends PresetOptions {
  /**
   * Domains of Google Workspace whose people may sign in; `'*'` for those of any, and nobody with a private account.
   * @default everybody
   */
  hd?: string | readonly string[]
  /** Ask for a refresh token: Google then asks the person for consent at every sign-in. @default false */
  offline?: boolean
}

function domainsOf (hd: GoogleOptions['hd']): readonly string[] {
  if (hd === undefined) return []
  const domains = typeof hd === 'string' ? [hd] : hd
  assertTexts(domains, 'google.hd')
  // A list that came out empty by mistake must not let everybody in.
  if (domains.length === 0) refuse('google.hd', 'is an empty list, which nobody fulfils. Leave it out, or write the domains.')
  return domains
}

function hostedDomain (domains: readonly string[]): Pick<OidcOptions, 'authorizationParameters' | 'claims'> {
  const [domain = '*', ...more] = domains
  if (domains.length === 0) return {}
  return {
    // The parameter only chooses what Google shows: anybody can take it out of the address.
    authorizationParameters: { hd: more.length === 0 ? domain : '*' },
    claims: { hd: domains.includes('*') ? true : domains }
  }
}

/**
 * Options for Google. The claim `hd` says of which Workspace a person is; an e-mail address does not.
 *
 * Google knows no scope `offline_access` (`offline` asks for a refresh token), and has no logout: a logout ends here.
 * It tells nobody of a logout there.
 *
 * @throws ConfigurationError
 * @example google({ clientId: '….apps.googleusercontent.com', clientSecret, hd: 'example.com' })
 */
export function google (
  { hd, offline = false, authorizationParameters, claims, ...options }: GoogleOptions
): Readonly<OidcOptions> {
  assertBoolean(offline, 'google.offline')
  const hosted = hostedDomain(domainsOf(hd))
  return frozen({
    issuer: 'https://accounts.google.com',
    ...offline ? { prompt: 'consent' } : {},
    ...options,
    authorizationParameters: {
      ...hosted.authorizationParameters, ...offline ? { access_type: 'offline' } : {}, ...authorizationParameters
    },
    claims: { ...hosted.claims, ...claims }
  })
}
