import * as oauth from 'oauth4webapi'
import { bounded } from '../../bounded.ts'
import type { ClientProof } from '../../options/client-authentication.ts'
import { isOfAnyTenant } from '../../options/issuer.ts'
import type { OidcSettings } from '../../options/oidc-settings.ts'

type Proof<Method extends ClientProof['method']> = Extract<ClientProof, { readonly method: Method }>

/** Milliseconds in which an assertion is there, or there is none. */
const PATIENCE = 4_000
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const compactJws = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Our client could not prove itself, so nothing was sent. */
export class ProofFailed extends Error {
  override readonly name = 'ProofFailed'
}

/** As every provider must understand it (RFC 6749, section 2.3.1), unless it says that it takes only the body. */
function asProviderTakesIt (secret: string, server: oauth.AuthorizationServer): oauth.ClientAuth {
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const isPost = methods.includes('client_secret_post') && !methods.includes('client_secret_basic')
  return isPost ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret)
}

/** One address and never a list: whoever gets an assertion for several could use it at the others. */
function audienceOf (audience: string, server: oauth.AuthorizationServer): string {
  // An issuer for each tenant is that of none of them.
  if (audience === 'issuer' && !isOfAnyTenant(server.issuer)) return server.issuer
  return audience === 'issuer' || audience === 'token_endpoint' ? String(server.token_endpoint) : audience
}

function signedBy (proof: Proof<'private_key_jwt'>, { clockTolerance }: OidcSettings): oauth.ClientAuth {
  const { key, header: { kid, ...certificate }, audience } = proof
  return async (server, client, body, headers) => {
    const auth = oauth.PrivateKeyJwt({ key: await key.toCryptoKey(), ...kid === undefined ? {} : { kid } }, {
      [oauth.modifyAssertion]: (header, payload) => {
        // EdDSA is what providers call Ed25519 that do not know RFC 9864; Entra ID wants the type.
        Object.assign(header, certificate, { alg: key.alg, typ: 'JWT' })
        // A provider whose clock is behind ours would refuse an assertion that begins now.
        Object.assign(payload, { aud: audienceOf(audience, server), nbf: Number(payload.nbf) - clockTolerance })
      }
    })
    await auth(server, client, body, headers)
  }
}

async function ask (
  { assertion, audience }: Proof<'assertion'>, server: oauth.AuthorizationServer, clientId: string
): Promise<unknown> {
  const request = Object.freeze({
    audience: audienceOf(audience, server),
    issuer: server.issuer,
    tokenEndpoint: String(server.token_endpoint),
    clientId
  })
  try {
    return await bounded(() => assertion(request), PATIENCE)
  } catch (cause) {
    throw new ProofFailed('The function "clientAuthentication.assertion" gave no assertion', { cause })
  }
}

function givenBy (proof: Proof<'assertion'>): oauth.ClientAuth {
  return async (server, client, body) => {
    const assertion = await ask(proof, server, client.client_id)
    if (typeof assertion !== 'string' || !compactJws.test(assertion)) {
      throw new ProofFailed('What the function "clientAuthentication.assertion" gave is no signed JWT')
    }
    body.set('client_id', client.client_id)
    body.set('client_assertion_type', JWT_BEARER)
    body.set('client_assertion', assertion)
  }
}

/** Whether our client shows a certificate, for which a provider may have other addresses (RFC 8705, section 5). */
export function isMutualTls ({ clientProof: { method } }: OidcSettings): boolean {
  return method === 'tls_client_auth' || method === 'self_signed_tls_client_auth'
}

/** How our client proves itself at a provider, freshly for each request (OpenID Connect Core, section 9; RFC 8705). */
export function clientAuth (settings: OidcSettings, server: oauth.AuthorizationServer): oauth.ClientAuth {
  const { clientProof: proof } = settings
  switch (proof.method) {
    case 'secret': return asProviderTakesIt(proof.secret.reveal(), server)
    case 'client_secret_basic': return oauth.ClientSecretBasic(proof.secret.reveal())
    case 'client_secret_post': return oauth.ClientSecretPost(proof.secret.reveal())
    case 'private_key_jwt': return signedBy(proof, settings)
    case 'assertion': return givenBy(proof)
    case 'none': return oauth.None()
    case 'tls_client_auth':
    case 'self_signed_tls_client_auth': return oauth.TlsClientAuth()
  }
}
