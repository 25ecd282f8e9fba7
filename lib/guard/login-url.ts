import { ArgumentInvalid } from '../errors.ts'
import type { LoginDemands } from '../oidc/login/demands.ts'
import { isOurParameter, PROMPTS } from '../options/authorization-parameters.ts'
import type { RequestLogin } from './request-login.ts'
import { areWords } from './requirements.ts'

/** Where `request.loginUrl` leads back to, what the login shall bring, and how the person is asked. */
export interface LoginUrlOptions {
  /** A path of this site. @default where the person is */
  returnTo?: string
  /** Scopes that the access token must hold. @default those of `oidc.scopes` */
  scopes?: readonly string[]
  /** One of these must come back as `acr`. @default `oidc.acrValues` */
  acr?: readonly string[]
  /** Seconds since the person last proved who they are. @default `oidc.maxAge` */
  maxAge?: number
  /** The person must prove it now. @default false */
  fresh?: boolean
  /** Name of the provider that must vouch. @default the person chooses where there are several */
  provider?: string
  /**
   * True: the provider must not ask the person anything; whoever it does not know comes back as a stranger. `'first'`:
   * it asks only where it must, whatever `oidc.prompt` says. @default false
   */
  silent?: boolean | 'first'
  /** `create` for people who have no account yet; else as `oidc.prompt`. @default `oidc.prompt` */
  prompt?: string
  /** Who the person may be: an e-mail address or the like. */
  loginHint?: string
  /** Languages of the provider's pages, best first, as `fr-CA fr en`. */
  uiLocales?: string
  /** Further parameters of the authorization request; not those that this plugin sends itself. */
  parameters?: Readonly<Record<string, string>>
  /** What `onLogin` gets when the person is back: JSON of at most 1,024 bytes. */
  appState?: unknown
}

const KNOWN = [
  'returnTo', 'scopes', 'acr', 'maxAge', 'fresh', 'provider', 'silent', 'prompt', 'loginHint', 'uiLocales', 'parameters',
  'appState'
]
/** All of it travels in addresses, to the provider and back. */
const MOST_BYTES = 1024

function refuse (option: string, problem: string): never {
  throw new ArgumentInvalid(`The option "${option}" of loginUrl ${problem}`)
}

/** A demand that is misspelt would be none, and the page behind the link would ask in vain. */
function assertDemands (options: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(options).find(key => !KNOWN.includes(key))
  if (unknown !== undefined) throw new ArgumentInvalid(`loginUrl has no option "${unknown}". Its options are ${KNOWN.join(', ')}.`)
  const { scopes = [], acr = [], maxAge = 0, fresh = false, provider = '' } = options
  if (!areWords(scopes)) refuse('scopes', 'must be a list of words.')
  if (!areWords(acr)) refuse('acr', 'must be a list of words.')
  if (!Number.isSafeInteger(maxAge) || Number(maxAge) < 0) refuse('maxAge', 'must be a whole number of seconds.')
  if (typeof fresh !== 'boolean') refuse('fresh', 'must be true or false.')
  if (typeof provider !== 'string') refuse('provider', 'must be the name of a provider.')
}

function assertPrompt ({ prompt, silent = false, fresh = false }: Readonly<Record<string, unknown>>): void {
  if (typeof silent !== 'boolean' && silent !== 'first') refuse('silent', "must be true, false or 'first'.")
  if (silent !== false && fresh === true) refuse('silent', 'contradicts "fresh": who is asked nothing proves nothing.')
  if (prompt === undefined) return
  const words = typeof prompt === 'string' ? prompt.split(' ') : ['']
  if (!words.every(word => PROMPTS.includes(word))) refuse('prompt', `must be made of ${PROMPTS.join(', ')}.`)
  if (silent === true) refuse('prompt', 'contradicts "silent". Write "first" there, or leave one of the two out.')
  if (fresh === true && words.includes('create')) refuse('prompt', 'contradicts "fresh": who is new proves nothing anew.')
}

/** The parameters that a login adds; undefined where there are none. */
function parametersOf (
  { parameters = {}, loginHint, uiLocales }: LoginUrlOptions
): Readonly<Record<string, string>> | undefined {
  if (typeof parameters !== 'object' || parameters === null) refuse('parameters', 'must be an object of texts.')
  const own = Object.keys(parameters).find(isOurParameter)
  if (own !== undefined) refuse('parameters', `has "${own}", which this plugin sends itself.`)
  const given = { ...parameters, login_hint: loginHint ?? parameters['login_hint'], ui_locales: uiLocales ?? parameters['ui_locales'] }
  const entries = Object.entries(given).filter(([, value]: readonly [string, unknown]) => value !== undefined)
  const isText = entries.every(([, value]: readonly [string, unknown]) => typeof value === 'string' && value !== '')
  if (!isText) refuse('parameters', 'must have texts that are not empty; so must "loginHint" and "uiLocales".')
  const found = Object.fromEntries(entries) as Readonly<Record<string, string>>
  if (bytesOf(JSON.stringify(found)) > MOST_BYTES) refuse('parameters', `must be at most ${MOST_BYTES} bytes as JSON.`)
  return entries.length === 0 ? undefined : found
}

function bytesOf (text: string): number {
  return Buffer.byteLength(text)
}

function toJson (value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw new ArgumentInvalid(`The option "appState" of loginUrl must be JSON: ${String(cause)}`)
  }
}

/** The state as JSON has it: what is no JSON would be lost on its way in silence. */
function appStateOf ({ appState }: LoginUrlOptions): unknown {
  if (appState === undefined) return undefined
  const json = toJson(appState)
  if (json === undefined) refuse('appState', 'must be JSON.')
  if (bytesOf(json) > MOST_BYTES) refuse('appState', `must be at most ${MOST_BYTES} bytes as JSON. Keep it where you keep data, and give its key.`)
  return JSON.parse(json)
}

/** What a login is asked for, made strict. */
function resolveDemands (options: LoginUrlOptions): LoginDemands {
  assertDemands(options as Readonly<Record<string, unknown>>)
  assertPrompt(options as Readonly<Record<string, unknown>>)
  const { scopes, acr, maxAge, fresh, provider, silent = false, prompt } = options
  return {
    scopes,
    acr,
    maxAge,
    fresh,
    provider,
    silent: silent === false ? undefined : silent === true ? 'only' : 'first',
    prompt,
    parameters: parametersOf(options),
    appState: appStateOf(options)
  }
}

/**
 * The address that starts a sign-in.
 *
 * @throws NoProvider, ArgumentInvalid
 */
export function loginUrlOf (login: RequestLogin, options: LoginUrlOptions = {}): string {
  return login.refusals.loginUrl(options.returnTo, resolveDemands(options))
}
