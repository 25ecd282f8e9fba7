import type { Response } from '../oidc/_site.ts'

/** An authorization response on its way back to the client. */
export interface Returning {
  /** What the browser brings; a case changes it here. */
  readonly parameters: URLSearchParams
  /** The state of a login that another browser has begun at this client. */
  foreignState (): Promise<string>
  /** The parameters of a login that this browser has finished. */
  spent (): Promise<URLSearchParams>
  /** Lets time pass, in seconds. */
  wait (seconds: number): void
}

/** What happens to an authorization response on its way. */
export type Tamper = (returning: Returning) => unknown

export interface Outcome {
  /** Who is signed in afterwards; undefined for nobody. */
  readonly who: string | undefined
  /** The last answer that the person got, where the client has a site. */
  readonly answer?: Response
}

/** What is put in front of a hostile provider: our plugin, or a client that looks at nothing. */
export interface Client {
  /** The whole login of one browser. */
  signIn (tamper?: Tamper): Promise<Outcome>
}
