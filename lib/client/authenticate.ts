import type * as oauth from 'oauth4webapi'
import { signInByBrowser } from './browser-flow.ts'
import { ClientError } from './client-error.ts'
import { awaitPerson, beginDevice, offersCodes } from './device-flow.ts'
import { toClientError } from './failure.ts'
import type { TokenKey } from './kept-token.ts'
import type { AuthenticateOptions } from './options.ts'
import { type ProgramToken, toProgramToken } from './program-token.ts'
import { findServer, givesNoCodes, isSpent, refreshTokens, type Server } from './server.ts'
import { type ClientSettings, DEFAULT_CLIENT, resolveSettings } from './settings.ts'
import { shownText } from './shown-text.ts'
import { defaultTokenFile } from './token-file.ts'

/** Seconds that a token must live on, so that what it is sent with can still be done. */
const SPARE = 60

type Answer = oauth.TokenEndpointResponse

function keyOf ({ host: { issuer }, clientId, scopes }: ClientSettings): TokenKey {
  return { issuer, clientId, scopes }
}

function isFresh (token: ProgramToken, { now }: ClientSettings): boolean {
  return token.expiresAt - now() / 1000 > SPARE
}

async function refresh (
  server: Server, token: ProgramToken, refreshToken: string, settings: ClientSettings
): Promise<ProgramToken | undefined> {
  try {
    const answer = await refreshTokens(server, refreshToken)
    return toProgramToken({ refresh_token: refreshToken, ...answer }, token.scopes, settings.now())
  } catch (cause) {
    if (isSpent(cause)) return undefined
    throw toClientError(cause, settings.host.issuer)
  }
}

/**
 * The token that is kept, or the next one for its refresh token; undefined where a person has to sign in. Another
 * process may have refreshed it meanwhile, so it is looked at again once nobody else can.
 */
async function useKept (settings: ClientSettings): Promise<ProgramToken | undefined> {
  const { file, signal, onNotice } = settings
  const key = keyOf(settings)
  const kept = await file?.get(key)
  if (file === undefined || kept === undefined) return undefined
  if (isFresh(kept, settings)) return kept
  if (kept.refreshToken === undefined) return undefined
  const server = await findServer(settings)
  let usable: ProgramToken | undefined
  let isNew = false
  try {
    await file.exchange(key, async held => {
      if (held === undefined || isFresh(held, settings)) return (usable = held)
      if (held.refreshToken === undefined) return held
      usable = await refresh(server, held, held.refreshToken, settings)
      isNew = usable !== undefined
      return usable
    }, signal)
  } catch (error) {
    if (!isNew) throw error
    // The refresh token is spent: what came for it must not be lost too.
    onNotice(`The new token could not be kept. ${toClientError(error, settings.host.issuer).message}`)
  }
  return usable
}

async function signInByDevice (server: Server, settings: ClientSettings): Promise<Answer> {
  return await awaitPerson(server, await beginDevice(server, settings), settings)
}

/** A device code where there is one, else the browser. */
async function signInByEither (server: Server, settings: ClientSettings): Promise<Answer> {
  if (!offersCodes(server)) return await signInByBrowser(server, settings)
  let codes: Awaited<ReturnType<typeof beginDevice>>
  try {
    codes = await beginDevice(server, settings)
  } catch (cause) {
    if (!givesNoCodes(cause)) throw cause
    return await signInByBrowser(server, settings)
  }
  return await awaitPerson(server, codes, settings)
}

const flows = { auto: signInByEither, device: signInByDevice, browser: signInByBrowser }

async function signIn (settings: ClientSettings): Promise<ProgramToken> {
  const { file, flow, now, onNotice, scopes, signal } = settings
  const server = await findServer(settings)
  // A file that cannot be written is found before a person has done anything.
  await file?.exchange(keyOf(settings), kept => kept, signal)
  const token = toProgramToken(await flows[flow](server, settings), scopes, now())
  try {
    await file?.put(keyOf(settings), token)
  } catch (error) {
    onNotice(`The token could not be kept. ${toClientError(error, settings.host.issuer).message}`)
  }
  return token
}

/** A word as a shell reads it. */
function quoted (word: string): string {
  return /^[\w./:@=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** What a person types, so that the token which is missing here is kept: for other scopes it would be another one. */
function adviceOf ({ host: { issuer }, clientId, scopes, file }: ClientSettings): string {
  if (file === undefined) return ''
  const program = clientId === DEFAULT_CLIENT ? [] : ['--client-id', clientId]
  const path = file.path === defaultTokenFile(process) ? [] : ['--file', file.path]
  const words = [issuer, ...program, ...scopes.flatMap(scope => ['--scope', scope]), ...path]
  return ` Run in a terminal: npx fastify-login login ${shownText(words.map(quoted).join(' '), 1000)}`
}

async function findToken (settings: ClientSettings): Promise<ProgramToken> {
  const { file, force, host: { issuer }, interactive, onNotice } = settings
  const usable = force ? undefined : await useKept(settings)
  if (usable !== undefined) return usable
  if (!interactive) {
    throw new ClientError('PERSON_NEEDED',
      `Somebody has to sign in to ${issuer}, and nobody can be asked here.${adviceOf(settings)}`)
  }
  const aside = force ? await file?.moveAsideUnusable() : undefined
  if (aside !== undefined) onNotice(`The token file could not be used. It is ${aside} now.`)
  return await signIn(settings)
}

/**
 * Gives a token for a host: the one that is kept, where it lives for another minute; else the next one for its refresh
 * token; else one that a person signs in for. Processes that share a token file spend a refresh token once.
 *
 * @param host `app.example.com`, `https://app.example.com/path`, `localhost:3000`
 * @throws ClientError with a `code` for each reason
 *
 * @example
 * const { headers } = await authenticate('app.example.com', { clientId: 'reports-cli', scopes: ['reports.read'] })
 * const answer = await fetch('https://app.example.com/reports', { headers })
 */
export async function authenticate (host: string, options: AuthenticateOptions = {}): Promise<ProgramToken> {
  const settings = resolveSettings(host, options)
  const { signal, host: { issuer } } = settings
  try {
    signal.throwIfAborted()
    return await findToken(settings)
  } catch (cause) {
    if (signal.aborted) throw new ClientError('CANCELLED', `The sign-in to ${issuer} was given up.`, { cause })
    throw toClientError(cause, issuer)
  }
}
