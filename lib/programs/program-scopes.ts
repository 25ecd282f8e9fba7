import { isAboutPerson } from '../oidc/login/program-demand.ts'
import type { ProgramSettings } from '../options/program-settings.ts'
import { scopeToken } from '../options/scopes.ts'

/** Asks for a refresh token (OpenID Connect Core, section 11). */
export const OFFLINE = 'offline_access'

/** The words of a `scope` parameter, none twice; undefined where one is malformed (RFC 6749, section 3.3). */
export function parseScopes (text: string): readonly string[] | undefined {
  const words = text.split(' ').filter(word => word !== '')
  return words.every(word => scopeToken.test(word)) ? [...new Set(words)] : undefined
}

/** Whether a program is registered for a scope. */
export function mayHave ({ scopes }: Pick<ProgramSettings, 'scopes'>, scope: string): boolean {
  return isAboutPerson(scope) || scopes.includes(scope)
}

/**
 * Never more than was agreed to, nor than a program is registered for by now: all of that where nothing is asked for.
 * Undefined where more is.
 */
export function narrowScopes (
  program: ProgramSettings, agreed: readonly string[], asked: readonly string[] = []
): readonly string[] | undefined {
  const held = agreed.filter(scope => scope !== OFFLINE && mayHave(program, scope))
  const wanted = asked.filter(scope => scope !== OFFLINE)
  if (!wanted.every(scope => held.includes(scope))) return undefined
  return wanted.length === 0 ? held : wanted
}

/** What a program asks for: all of its scopes where it names none; undefined where it may not have one of them. */
export function scopesFor (program: ProgramSettings, text: string | undefined): readonly string[] | undefined {
  const words = parseScopes(text ?? '')
  if (words === undefined || words.length === 0) return words === undefined ? undefined : program.scopes
  return words.every(scope => scope === OFFLINE || mayHave(program, scope)) ? words : undefined
}
