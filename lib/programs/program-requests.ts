import type { ProgramSettings } from '../options/program-settings.ts'
import type { Vault } from '../vault.ts'
import { judgeRequest, type ProgramRequest } from './authorization-request.ts'
import type { ProgramClients } from './program-client.ts'
import { isRegistered } from './redirect-address.ts'

/** Seconds that a person may think about it. */
const LIFE = 600

interface SealedRequest {
  readonly v: 1
  readonly k: 'request'
  /** Seconds since 1970. */
  readonly t: number
  readonly r: ProgramRequest
}

/** A request with the program that it is from. */
export interface AskedRequest {
  readonly program: ProgramSettings
  readonly request: ProgramRequest
}

/** What programs ask for, on its way through the page that asks the person. */
export class ProgramRequests {
  readonly #clients: ProgramClients
  readonly #vault: Vault
  readonly #now: () => number

  /** @param now milliseconds since 1970 */
  constructor (clients: ProgramClients, vault: Vault, now: () => number) {
    this.#clients = clients
    this.#vault = vault
    this.#now = now
  }

  /** @throws ProgramUnknown, ProgramRedirectInvalid, AuthorizationRefusal */
  judge (parameters: URLSearchParams, isAlias: boolean): ProgramRequest {
    return judgeRequest(this.#clients, parameters, isAlias)
  }

  seal (request: ProgramRequest): string {
    const sealed: SealedRequest = { v: 1, k: 'request', t: this.#seconds(), r: request }
    return this.#vault.seal('program', sealed)
  }

  /** Undefined for what was not sealed here in the last 10 minutes, and for a program that is gone. */
  open (text: string): AskedRequest | undefined {
    const sealed = this.#vault.open('program', text)?.payload as SealedRequest | undefined
    if (sealed?.v !== 1 || sealed.k !== 'request' || this.#seconds() >= sealed.t + LIFE) return undefined
    return this.find(sealed.r)
  }

  /** The program of a request that was judged before, where it still is as it was. */
  find (request: ProgramRequest): AskedRequest | undefined {
    const program = this.#clients.find(request.clientId)
    if (program === undefined || !isRegistered(request.redirectUri, program.redirectUris)) return undefined
    return program.isPassThrough === request.isPassThrough ? { program, request } : undefined
  }

  #seconds (): number {
    return Math.floor(this.#now() / 1000)
  }
}
