import type { Awaitable } from '../../awaitable.ts'
import type { BearerToken, ProofEvidence, ProofFault } from '../../bearer-token.ts'
import { digestOf } from '../../digest.ts'
import type { Settings } from '../../options/settings.ts'
import { isSameText } from '../../same-text.ts'
import type { Store } from '../../stores/store.ts'
import { type DpopProof, verifyDpopProof } from './dpop-proof.ts'

/** Seconds that a spent proof is known beyond its end: clocks of several processes differ. */
const MARGIN = 60

const invalid = (problem: string): ProofFault => ({ fault: 'invalid', cause: new Error(problem) })

/** Whether the certificate of a client is the one that a token is bound to (RFC 8705, section 3). */
function certificateFault (thumbprint: string, certificate: Uint8Array | undefined): ProofFault | undefined {
  if (certificate === undefined) return { fault: 'missing', cause: new Error('The client has shown no certificate') }
  if (isSameText(digestOf(certificate), thumbprint)) return undefined
  return invalid('The certificate is another one than that of the access token')
}

/** Finds out whether whoever sends an access token has what it is bound to. */
export class TokenProof {
  readonly #store: Pick<Store, 'add'>
  readonly #kind: string
  readonly #now: () => number

  constructor (store: Pick<Store, 'add'>, { name, now }: Pick<Settings, 'name' | 'now'>) {
    this.#store = store
    // One request may be in the realms of several registrations: what one of them has taken is new to the other.
    this.#kind = name === undefined ? 'dpop' : `dpop:${name}`
    this.#now = now
  }

  /**
   * Why a request must not use a token; undefined where it may. Synchronous unless there is a DPoP proof to judge,
   * which is spent by it: the store knows it until it ends.
   *
   * @throws StoreUnavailable, and whatever `evidence.certificate` throws, at once
   */
  check (token: BearerToken, evidence: ProofEvidence): Awaitable<ProofFault | undefined> {
    const { keyThumbprint, certificateThumbprint } = { ...token.confirmation }
    const isBound = keyThumbprint !== undefined || certificateThumbprint !== undefined
    // A token whose issuer says that it is bound is never one that anybody can use.
    if (token.confirmation !== undefined && !isBound) return invalid('The token is bound to what nobody can prove here')
    const isKeyShown = evidence.scheme === 'dpop'
    if (isKeyShown && keyThumbprint === undefined) return invalid('The token is bound to no key')
    if (!isKeyShown && keyThumbprint !== undefined) return invalid('The token is bound to a key, but comes as "Bearer"')
    const fault = certificateThumbprint === undefined
      ? undefined
      : certificateFault(certificateThumbprint, evidence.certificate())
    if (fault !== undefined || keyThumbprint === undefined) return fault
    return this.#checkKey(token.reveal(), keyThumbprint, evidence)
  }

  async #checkKey (
    text: string, keyThumbprint: string, { method, url, proofs }: ProofEvidence
  ): Promise<ProofFault | undefined> {
    const [proof, ...others] = proofs
    if (proof === undefined) return { fault: 'missing', cause: new Error('There is no DPoP header') }
    if (others.length > 0) return invalid('There is more than one DPoP header')
    let held: DpopProof
    try {
      held = await verifyDpopProof(proof, { method, url, text, keyThumbprint }, Math.floor(this.#now() / 1000))
    } catch (cause) {
      return { fault: 'invalid', cause }
    }
    const expiresAt = (held.endsAt + MARGIN) * 1000
    // Last, so that whoever sees a proof and spoils it does not spend it.
    const isFirst = await this.#store.add(`${this.#kind}:${held.digest}`, '', { expiresAt })
    return isFirst === undefined ? invalid('The proof was used before') : undefined
  }
}
