import { randomUUID } from 'node:crypto'
import { createKey, type ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { publicUrl } from '../options/_refusal.ts'
import type { ProviderOnSocket, ProviderServer } from './_provider-server.ts'

export { publicUrl } from '../options/_refusal.ts'
export const ES256 = await createKey('one', 'ES256')

/** Another instance on a real socket. */
export async function addPeer (providers: ProviderServer): Promise<ProviderOnSocket> {
  const peer = await providers.add()
  peer.scripted.keys = [ES256]
  peer.scripted.signer = ES256
  return peer
}

/** A token of a peer. */
export async function tokenOf (peer: ScriptedProvider, header: object = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  peer.header = { typ: 'at+jwt', ...header }
  return await peer.signJwt({
    iss: peer.issuer, sub: 'alice', aud: publicUrl, client_id: 'tool', jti: randomUUID(), iat: now - 5, exp: now + 900
  })
}
