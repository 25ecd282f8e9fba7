import { LoginEvents } from '../../lib/events.ts'
import { createOidcClient } from '../../lib/oidc/client/oidc-client.ts'
import { OidcClients } from '../../lib/oidc/client/oidc-clients.ts'
import { BrowserLogins } from '../../lib/oidc/login/browser-logins.ts'
import { TokenVault } from '../../lib/oidc/tokens/token-vault.ts'
import type { ProgramOptions } from '../../lib/options/auth-options.ts'
import type { ProgramSettings } from '../../lib/options/program-settings.ts'
import type { Settings } from '../../lib/options/settings.ts'
import { OAuthRefusal } from '../../lib/programs/oauth-refusal.ts'
import { type DeviceAnswer, ProgramDevices } from '../../lib/programs/program-devices.ts'
import type { AcceptPerson, ProgramLogin, TokenAnswer } from '../../lib/programs/program-grants.ts'
import type { Store } from '../../lib/stores/store.ts'
import { createClock, type TestClock } from '../../lib/testing/index.ts'
import type { Vault } from '../../lib/vault.ts'
import { settingsOf } from '../options/_refusal.ts'
import { Devices } from '../oidc/_devices.ts'
import { ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { NotedStore } from '../session/_noted-store.ts'
import { NOON, vaultOf } from '../session/_session.ts'

export interface BenchOptions {
  readonly programs?: Record<string, ProgramOptions>
  readonly oidc?: object
  readonly further?: object
}

/** What is wrong in the words of RFC 6749, or the token. */
export type Heard = string

/** Programs without a browser at a scripted provider. Processes share the store. */
export class DeviceBench {
  readonly clock: TestClock
  readonly scripted: ScriptedProvider
  readonly provider: Devices
  readonly store: NotedStore
  readonly settings: Settings
  readonly begun: ProgramLogin[] = []
  /** What `ProgramGrants.begin` does in place of giving tokens, once each. */
  readonly failures: Error[] = []
  readonly devices: ProgramDevices
  readonly vault: Vault
  accept: AcceptPerson = async () => true

  constructor (vault: Vault, scripted: ScriptedProvider, { programs, oidc = {}, further = {} }: BenchOptions) {
    this.clock = createClock(NOON * 1000)
    scripted.now = this.clock.now
    this.scripted = scripted
    this.provider = new Devices(scripted)
    this.store = new NotedStore(this.clock.now)
    this.vault = vault
    const defaults = { cli: { scopes: ['mail.read', 'mail.send'] }, other: { scopes: ['mail.read'] } }
    this.settings = settingsOf({
      publicUrl: 'https://app.example.com',
      bearer: { issued: true },
      oidc: { ...scripted.client, ...oidc },
      programs: programs ?? defaults,
      ...further
    })
    this.devices = this.process()
  }

  /** Another process, with another configuration perhaps. */
  process (settings: Settings = this.settings, store: Store = this.store): ProgramDevices {
    const { vault, begun, failures, clock: { now } } = this
    const events = new LoginEvents({}, error => { throw error })
    const ended = { endLogin () {}, endSubject () {} }
    const ground = {
      vault,
      store,
      tokens: new TokenVault(vault, store),
      events,
      logins: new BrowserLogins(vault, store, now),
      ended,
      deviceUrl: undefined,
      onOrphan () {},
      now
    }
    const clients = new OidcClients(settings.providers.map(one => createOidcClient(one, 'https://app.example.com/cb', ground)))
    return new ProgramDevices({
      settings,
      clients,
      vault,
      store,
      grants: {
        async begin (program: ProgramSettings, login: ProgramLogin): Promise<TokenAnswer> {
          const failure = failures.shift()
          if (failure !== undefined) throw failure
          begun.push(login)
          return { access_token: `for-${program.clientId}`, token_type: 'Bearer', scope: login.scopes.join(' ') }
        },
        endOf: () => NOON + 600,
        grantOf (program, isOffline, grant) {
          return program.isPassThrough || (isOffline && grant?.refreshToken !== undefined) ? grant : undefined
        }
      },
      personOf: async ({ logouts }, { tokens: { claims }, userinfo }) => {
        return { userId: String(claims.sub), userinfo, marks: logouts.marksOf(claims) }
      },
      now
    })
  }

  program (clientId = 'cli'): ProgramSettings {
    const program = this.settings.programs.find(one => one.clientId === clientId)
    if (program === undefined) throw new Error(`no program ${clientId}`)
    return program
  }

  async begin (scope?: string, clientId?: string): Promise<DeviceAnswer> {
    return await this.devices.begin(this.program(clientId), scope)
  }

  async poll (code: string, clientId = 'cli', devices = this.devices): Promise<Heard> {
    try {
      return (await devices.redeem(this.program(clientId), code, person => this.accept(person))).access_token
    } catch (error) {
      if (error instanceof OAuthRefusal) return error.error
      throw error
    }
  }

  /** Waits as long as the program was told, then asks. */
  async pollLater (code: string, seconds = 5): Promise<Heard> {
    this.clock.advance(seconds)
    return await this.poll(code)
  }
}

export async function deviceBench (options: BenchOptions = {}): Promise<DeviceBench> {
  return new DeviceBench(await vaultOf(), await ScriptedProvider.create(), options)
}
