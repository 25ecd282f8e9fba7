import { randomBytes } from 'node:crypto'
import { digestOf } from '../digest.ts'
import { acceptAnswer } from '../oidc/device/device-answer.ts'
import type { DeviceAuthorization } from '../oidc/device/device-authorization.ts'
import { type AskingLogin, DeviceQuestions, type KeptDevice, SLOW_DOWN } from '../oidc/device/device-questions.ts'
import type { AnsweredDevice } from '../oidc/device/device-record.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { OidcClients } from '../oidc/client/oidc-clients.ts'
import type { Tokens } from '../oidc/login/code-exchange.ts'
import type { LoginDemands } from '../oidc/login/demands.ts'
import { fetchUserinfo } from '../oidc/login/userinfo.ts'
import type { ProgramSettings } from '../options/program-settings.ts'
import type { Settings } from '../options/settings.ts'
import type { SessionStart } from '../session/session.ts'
import type { Store } from '../stores/store.ts'
import type { Claims } from '../user.ts'
import type { Vault } from '../vault.ts'
import { answerRefusal, denied, expired, pending, slowDown } from './device-refusal.ts'
import { askedFor, askForCodes, clientFor } from './device-request.ts'
import { invalidGrant, OAuthRefusal } from './oauth-refusal.ts'
import { loginOf, type ProgramDevice, WaitingPrograms } from './program-device.ts'
import type { AcceptPerson, AccessWish, ProgramGrants, TokenAnswer } from './program-grants.ts'
import { OFFLINE, scopesFor } from './program-scopes.ts'

/** A successful answer of the device authorization endpoint (RFC 8628, section 3.2). */
export interface DeviceAnswer {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete?: string
  /** Seconds. */
  readonly expires_in: number
  /** Seconds. */
  readonly interval: number
}

/** What a provider says about whoever agreed. */
export interface Vouching {
  readonly transaction: { readonly demands: LoginDemands }
  readonly tokens: Tokens
  readonly userinfo: Claims | undefined
}

export interface ProgramDevicesParts {
  readonly settings: { readonly routes: Pick<Settings['routes'], 'frontchannelLogout'> }
  readonly clients: OidcClients
  readonly vault: Vault
  readonly store: Store
  readonly grants: Pick<ProgramGrants, 'begin' | 'endOf' | 'grantOf'>
  /** Who that is for this application. */
  readonly personOf: (client: OidcClient, vouching: Vouching) => Promise<SessionStart>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A device code that is that of the program which asks. */
interface FoundDevice {
  readonly id: string
  readonly device: ProgramDevice
  readonly version: string
  readonly client: OidcClient
}

/** Milliseconds by which a clock may be early without asking too often. */
const TOLERANCE = 1000
/** Seconds: nobody types a code for longer. */
const LONGEST_LIFE = 1800
/** Milliseconds that a code is known beyond its end: a program that asks so late hears that it has ended. */
const AFTERLIFE = 600_000
const deviceCodeText = /^[\w-]{43}$/

/**
 * Programs without a browser (RFC 8628): people enter a code at the provider, and the program that showed it gets
 * tokens. The codes of the provider itself stay here.
 */
export class ProgramDevices {
  readonly #parts: ProgramDevicesParts
  readonly #waiting: WaitingPrograms

  constructor (parts: ProgramDevicesParts) {
    this.#parts = parts
    this.#waiting = new WaitingPrograms(parts.vault, parts.store)
  }

  /**
   * Asks the provider of a program for codes.
   *
   * @param scope as the form has it
   * @throws OAuthRefusal `invalid_scope`, `invalid_request`, `unsupported_grant_type`, `server_error` (502);
   *   ProviderUnavailable, StoreUnavailable
   */
  async begin (program: ProgramSettings, scope: string | undefined): Promise<DeviceAnswer> {
    const wanted = scopesFor(program, scope)
    if (wanted === undefined) throw new OAuthRefusal('invalid_scope', 'The program may not have all of these scopes.')
    const client = clientFor(program, this.#parts.clients)
    const asked = askedFor(program, client, wanted)
    const { settings } = client.provider
    const { deviceCode, expiresIn, ...codes } = await askForCodes(client, asked)
    const [now, life] = [this.#parts.now(), Math.min(expiresIn, LONGEST_LIFE)]
    const ownCode = randomBytes(32).toString('base64url')
    const endsAt = now + life * 1000
    await this.#keep(digestOf(ownCode), {
      clientId: program.clientId,
      scopes: wanted.filter(one => one !== OFFLINE),
      isOffline: wanted.includes(OFFLINE),
      provider: settings.name,
      issuer: settings.issuer,
      providerClientId: settings.clientId,
      secret: randomBytes(32).toString('base64url'),
      ...asked,
      at: Math.floor(now / 1000),
      interval: codes.interval,
      askAt: now,
      expiresAt: endsAt + AFTERLIFE
    }, { deviceCode, ...codes }, endsAt)
    const { userCode, verificationUri, verificationUriComplete, interval } = codes
    return {
      device_code: ownCode,
      user_code: userCode,
      verification_uri: verificationUri,
      ...(verificationUriComplete === undefined ? {} : { verification_uri_complete: verificationUriComplete }),
      expires_in: life,
      interval
    }
  }

  /**
   * Tokens for a device code, once the person has agreed.
   *
   * @param accept whether the application accepts the person
   * @param audience the services that the access token is for; all where there is none
   * @throws OAuthRefusal `authorization_pending`, `slow_down`, `expired_token`, `access_denied`, `invalid_grant`,
   *   `server_error` (502); StoreUnavailable: then it can be asked for again
   */
  async redeem (
    program: ProgramSettings, deviceCode: string, accept: AcceptPerson, audience?: AccessWish['audience']
  ): Promise<TokenAnswer> {
    const found = await this.#find(program, deviceCode)
    const login = loginOf(found.id, found.device)
    const version = await this.#keepPace(found)
    const answered = await this.#ask({ ...found, version }, login)
    try {
      return await this.#finish(program, found, login, answered, { accept, audience })
    } catch (error) {
      throw answerRefusal(error)
    }
  }

  async #keep (
    id: string, device: ProgramDevice, codes: Omit<DeviceAuthorization, 'expiresIn'>, endsAt: number
  ): Promise<void> {
    await this.#waiting.add(id, device)
    const askAt = this.#parts.now() + codes.interval * 1000
    const questions = this.#questions(this.#clientBehind(device))
    await questions.add(loginOf(id, device), { state: 'waiting', ...codes, askAt, failures: 0, endsAt })
  }

  /** A code of another program is as unknown as one that there never was, and nothing happens to it. */
  async #find (program: ProgramSettings, deviceCode: string): Promise<FoundDevice> {
    if (!deviceCodeText.test(deviceCode)) throw invalidGrant('the device code is none of ours')
    const id = digestOf(deviceCode)
    const found = await this.#waiting.find(id)
    if (found === undefined) throw invalidGrant('the device code is unknown')
    if (found.device.clientId !== program.clientId) throw invalidGrant('the device code is that of another program')
    return { id, ...found, client: this.#clientBehind(found.device) }
  }

  #clientBehind ({ provider, issuer, providerClientId: clientId }: ProgramDevice): OidcClient {
    const client = this.#parts.clients.behind({ provider, issuer, clientId })
    if (client === undefined) throw invalidGrant('the provider was configured anew meanwhile')
    return client
  }

  /** One question in each interval, wherever it comes in; gives the version. @throws OAuthRefusal `slow_down` */
  async #keepPace (found: FoundDevice): Promise<string> {
    if (this.#parts.now() < found.device.askAt - TOLERANCE) {
      await this.#writePace(found, found.device.interval + SLOW_DOWN)
      throw slowDown()
    }
    const version = await this.#writePace(found, found.device.interval)
    if (version === undefined) throw slowDown() // It asks twice at the same time.
    return version
  }

  async #writePace ({ id, device, version }: FoundDevice, interval: number): Promise<string | undefined> {
    return await this.#waiting.replace(id, version, { ...device, interval, askAt: this.#parts.now() + interval * 1000 })
  }

  /** The last word of the provider, where there is one. @throws OAuthRefusal */
  async #ask (found: FoundDevice, login: AskingLogin): Promise<KeptDevice<AnsweredDevice>> {
    const { id, device, client } = found
    const questions = this.#questions(client)
    const kept = await questions.read(id)
    if (kept === undefined) throw invalidGrant('the device code is unknown')
    const { record, version } = kept
    if (record.state === 'answered') return { record, version }
    if (record.state !== 'waiting') throw invalidGrant('the device code was used')
    const now = this.#parts.now()
    if (now >= record.endsAt) throw expired()
    if (now < record.askAt) throw pending()
    const reply = await questions.ask(login, { record, version })
    if (reply?.kind === 'answered') return await this.#ask(found, login)
    if (reply?.kind !== 'slow_down') throw pending()
    await this.#writePace(found, device.interval + SLOW_DOWN)
    throw slowDown()
  }

  /** Whatever fails here, the last word stays: it can be asked for again. */
  async #finish (
    program: ProgramSettings, { device, client }: FoundDevice, login: AskingLogin, answered: KeptDevice<AnsweredDevice>,
    { accept, audience }: { readonly accept: AcceptPerson } & Pick<AccessWish, 'audience'>
  ): Promise<TokenAnswer> {
    const { grants, now } = this.#parts
    const { scopes, isOffline } = device
    const vouching = await this.#vouching(client, login, answered.record)
    const person = await this.#parts.personOf(client, vouching)
    if (!await accept(person)) throw denied(new Error('the application refuses the person'))
    const questions = this.#questions(client)
    const finished = await questions.replace(login, answered.version, { state: 'finished', at: now() })
    if (finished === undefined) throw invalidGrant('the device code was used')
    const grant = grants.grantOf(program, isOffline, vouching.tokens.grant)
    try {
      await this.#noteLogin(client, person, grants.endOf(program, { person, isOffline }))
      return await grants.begin(program, { person, grant, scopes, isOffline }, undefined, audience)
    } catch (error) {
      await questions.replace(login, finished, answered.record).catch(() => {}) // What went wrong first is said.
      throw error
    }
  }

  async #vouching ({ provider }: OidcClient, login: AskingLogin, { answer }: AnsweredDevice): Promise<Vouching> {
    const tokens = await acceptAnswer(provider, answer, login)
    const server = await provider.server()
    const userinfo = provider.settings.userinfo ? await fetchUserinfo(provider, server, tokens) : undefined
    return { transaction: login.transaction, tokens, userinfo }
  }

  /** A page of the provider that ends this login is heard only where it is known. */
  async #noteLogin ({ logouts }: OidcClient, { marks }: SessionStart, endsAt: number): Promise<void> {
    if (marks?.login === undefined || this.#parts.settings.routes.frontchannelLogout === undefined) return
    await logouts.note(marks.login, endsAt)
  }

  #questions ({ provider }: OidcClient): DeviceQuestions {
    const { vault, store } = this.#parts
    return new DeviceQuestions({ provider, vault, store })
  }
}
