import * as oauth from 'oauth4webapi'
import { isIssuer } from '../../options/issuer.ts'
import type { OidcSettings } from '../../options/oidc-settings.ts'
import type { BoundedFetch } from './bounded-fetch.ts'

/** What requests for metadata are made with. */
interface DiscoveryRequest {
  readonly [oauth.customFetch]: BoundedFetch
  readonly [oauth.allowInsecureRequests]: boolean
}

/** The answer has come by now, so whatever is wrong with it is no outage, also where it makes oauth4webapi stumble. */
function toUnreadable (cause: unknown): never {
  if (!(cause instanceof TypeError)) throw cause
  throw new oauth.OperationProcessingError('The metadata of the provider cannot be read', { cause })
}

/** The issuer that an answer names, as far as it can be one. */
async function issuerIn (answer: Response): Promise<string | undefined> {
  try {
    const { issuer } = await answer.clone().json() as { readonly issuer?: unknown }
    return typeof issuer === 'string' && URL.canParse(issuer) ? issuer : undefined
  } catch {
    return undefined
  }
}

/** Issuers are compared as texts in every answer, so one that differs by a slash would fail at each login. */
export function assertSpelling (server: Pick<oauth.AuthorizationServer, 'issuer'>, { issuer }: Pick<OidcSettings, 'issuer'>): void {
  if (isIssuer(issuer, server.issuer)) return
  throw new oauth.OperationProcessingError(`"oidc.issuer" is ${issuer}, but the provider spells it ${server.issuer}`)
}

/**
 * The metadata of a provider (OpenID Connect Discovery, section 4), also where they are not below the issuer. Whose
 * they are is known by the address that they were asked from, and by the issuer that is configured.
 *
 * @throws whatever `toLoginError` understands
 */
export async function discover (
  settings: Pick<OidcSettings, 'issuer' | 'discoveryUrl'>, request: DiscoveryRequest
): Promise<oauth.AuthorizationServer> {
  const { issuer, discoveryUrl } = settings
  if (discoveryUrl === undefined) {
    const expected = new URL(issuer)
    const answer = await oauth.discoveryRequest(expected, request)
    return await oauth.processDiscoveryResponse(expected, answer).catch(toUnreadable)
  }
  const answer = await request[oauth.customFetch](discoveryUrl, { headers: { accept: 'application/json' } })
  const named = await issuerIn(answer)
  if (named !== undefined) assertSpelling({ issuer: named }, settings)
  return await oauth.processDiscoveryResponse(new URL(named ?? discoveryUrl), answer).catch(toUnreadable)
}
