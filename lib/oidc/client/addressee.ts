import { decodeJwt } from 'jose'
import type { OidcClient } from './oidc-client.ts'
import type { OidcClients } from './oidc-clients.ts'

/**
 * The client that a token says it is for, by its audience and issuer. Nothing of it is verified: who believes the token
 * verifies it as one for that client.
 */
export function addresseeOf (clients: OidcClients, token: string): OidcClient | undefined {
  if (clients.only !== undefined) return clients.only
  const claims = claimsOf(token)
  const audience = [claims?.aud].flat()
  const isFor = ({ provider: { settings } }: OidcClient): boolean => audience.includes(settings.clientId)
  return clients.at(claims?.iss).find(isFor)
}

function claimsOf (token: string): ReturnType<typeof decodeJwt> | undefined {
  try {
    return decodeJwt(token)
  } catch {
    return undefined
  }
}
