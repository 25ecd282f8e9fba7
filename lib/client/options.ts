import type { Awaitable } from '../awaitable.ts'
import type { Prompt } from './prompt.ts'
import type { TokenFile } from './token-file.ts'

/** How a person signs in: with a code on any device (RFC 8628), or with a browser on this machine (RFC 8252). */
export type Flow = 'auto' | 'device' | 'browser'

/** Options of `authenticate`. All may be left out. */
export interface AuthenticateOptions {
  /** Name of the program at the host. @default 'cli' */
  readonly clientId?: string
  /** For a program that can keep a secret. */
  readonly clientSecret?: string
  /**
   * What the token has to be good for, as the host names it; with `offline_access` the next one comes without the
   * person. @default [], whatever the host gives then
   */
  readonly scopes?: readonly string[]
  /** @default 'auto', a device code where the host gives one, else the browser */
  readonly flow?: Flow
  /**
   * Where tokens are kept: a path, or a {@link TokenFile}; false keeps nothing.
   *
   * @default `$FASTIFY_LOGIN_TOKEN_FILE`, else `fastify-login/tokens.json` in the folder for the state of programs
   */
  readonly file?: string | TokenFile | false
  /** Signs in anew whatever is kept. A token file that cannot be used is moved aside. @default false */
  readonly force?: boolean
  /** Whether a person can be asked. @default whether there is a terminal, and this is no batch job */
  readonly interactive?: boolean
  /** Ports of 127.0.0.1 to try in turn for the browser to come back to; 0 is any free one. @default [0] */
  readonly ports?: readonly number[]
  /** Gives up. */
  readonly signal?: AbortSignal
  /** Tells the person what to do. @default writes it to stderr */
  readonly onPrompt?: (prompt: Prompt) => void
  /** Tells what a person should know, in a sentence. @default writes it to stderr */
  readonly onNotice?: (text: string) => void
  /** Opens an address and gives whether it could; false opens none. @default the browser of the desktop */
  readonly openBrowser?: ((address: string) => Awaitable<boolean>) | false
  /** Sends requests. @default fetch */
  readonly fetch?: typeof globalThis.fetch
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number
}
