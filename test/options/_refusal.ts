import type { Test } from 'tap'
import { secret } from '../_app.ts'
import { ConfigurationError } from '../../lib/index.ts'
import type { OidcSettings } from '../../lib/options/oidc-settings.ts'
import { resolveSettings, type Settings } from '../../lib/options/settings.ts'

export const publicUrl = 'https://app.example'
export const oidc = Object.freeze({ issuer: 'https://id.example', clientId: 'client' })

/** Settings of an application that says only this. What types would not allow can be said too. */
export function settingsOf (options: object = {}): Settings {
  return resolveSettings({ secret: secret(), ...options })
}

/** Settings of an application with a provider. */
export function oidcSettingsOf (more: object = {}, options: object = {}): OidcSettings {
  const { providers: [settings] } = settingsOf({ publicUrl, ...options, oidc: { ...oidc, ...more } })
  if (settings === undefined) throw new Error('no provider')
  return settings
}

/** Shows that options are refused with a message that names the option first, and that says this. */
export function refuses (t: Test, resolve: () => unknown, option: string, says: RegExp | string = /./): void {
  try {
    resolve()
  } catch (error) {
    t.type(error, ConfigurationError)
    const { code, message } = error as ConfigurationError
    t.equal(code, 'FST_LOGIN_CONFIGURATION')
    t.ok(message.startsWith(`"${option}" `), message)
    t.match(message, says)
    return
  }
  t.fail(`${option} was not refused`)
}

/** Sets NODE_ENV for one test. */
export function inEnvironment (t: Test, name: string): void {
  t.intercept(process, 'env', { value: { ...process.env, NODE_ENV: name } })
}
