import * as oauth from 'oauth4webapi'
import { ClientError } from './client-error.ts'
import { toClientError } from './failure.ts'
import { mayBeOpened, mayReceive } from './host.ts'
import type { Server } from './server.ts'
import type { ClientSettings } from './settings.ts'
import { shownText } from './shown-text.ts'

/** What a device flow needs of the settings. */
export type DeviceSettings = Pick<ClientSettings, 'scopes' | 'signal' | 'onPrompt' | 'now' | 'pause'>

/** Codes that a person has to see. */
interface DeviceCodes {
  readonly deviceCode: string
  /** Milliseconds between two questions. */
  readonly interval: number
  /** Milliseconds since 1970. */
  readonly endsAt: number
}

const SECOND = 1000
/** RFC 8628, sections 3.2 and 3.5. */
const DEFAULT_INTERVAL = 5
const SLOWER = 5 * SECOND
/** Between two tries to reach a server that is away. */
const LONGEST_BACKOFF = 60 * SECOND
/** Seconds that a person may take, whatever the server says. */
const LONGEST_LIFE = 3600
const LONGEST_CODE = 64

/** Whether a server says that it gives device codes. */
export function offersCodes ({ host, metadata }: Server): boolean {
  return mayReceive(host, metadata.device_authorization_endpoint)
}

function tell (
  { host }: Server, answer: oauth.DeviceAuthorizationResponse, expiresAt: number, { onPrompt }: DeviceSettings
): void {
  const { user_code: userCode, verification_uri: address, verification_uri_complete: complete } = answer
  if (!mayBeOpened(host, address) || (complete !== undefined && !mayBeOpened(host, complete))) {
    throw new ClientError('ANSWER_INVALID', `${host.issuer} sends people to an address that nobody should open.`)
  }
  onPrompt({
    kind: 'device',
    // As a URL writes itself: there is nothing but visible ASCII in it.
    verificationUri: new URL(address).href,
    verificationUriComplete: complete === undefined ? undefined : new URL(complete).href,
    userCode: shownText(userCode, LONGEST_CODE),
    expiresAt
  })
}

/** Asks for codes (RFC 8628, section 3.1) and tells the person. Throws as oauth4webapi does, too. */
export async function beginDevice (server: Server, settings: DeviceSettings): Promise<DeviceCodes> {
  const { metadata, client, auth, request } = server
  const { scopes, now } = settings
  if (!offersCodes(server)) {
    throw new ClientError('ANSWER_INVALID', `${server.host.issuer} gives no device codes. Sign in with the browser.`)
  }
  const begunAt = now()
  const asked = new URLSearchParams(scopes.length === 0 ? {} : { scope: scopes.join(' ') })
  const response = await oauth.deviceAuthorizationRequest(metadata, client, auth, asked, request)
  const answer = await oauth.processDeviceAuthorizationResponse(metadata, client, response)
  const endsAt = begunAt + Math.min(answer.expires_in, LONGEST_LIFE) * SECOND
  tell(server, answer, Math.floor(endsAt / SECOND), settings)
  const interval = Math.max(answer.interval ?? DEFAULT_INTERVAL, 1) * SECOND
  return { deviceCode: answer.device_code, interval, endsAt }
}

type Reply = 'pending' | 'slow_down' | 'away' | oauth.TokenEndpointResponse

/** Asks once whether the person has agreed. */
async function ask ({ host, metadata, client, auth, request }: Server, deviceCode: string): Promise<Reply> {
  try {
    const response = await oauth.deviceCodeGrantRequest(metadata, client, auth, deviceCode, request)
    return await oauth.processDeviceCodeResponse(metadata, client, response)
  } catch (cause) {
    const word = cause instanceof oauth.ResponseBodyError ? cause.error : undefined
    if (word === 'authorization_pending') return 'pending'
    if (word === 'slow_down') return 'slow_down'
    if (word === 'expired_token') throw expired(host.issuer)
    const error = toClientError(cause, host.issuer)
    if (error.code === 'UNAVAILABLE') return 'away'
    throw error
  }
}

function expired (issuer: string): ClientError {
  return new ClientError('EXPIRED', `The code for ${issuer} has ended before anybody agreed. Begin again.`)
}

/**
 * Asks until the person has agreed (RFC 8628, section 3.4). A server that is away is asked more and more seldom, until
 * the code ends.
 *
 * @throws ClientError `REFUSED`, `EXPIRED`, `ANSWER_INVALID`, and whatever ends the pause
 */
export async function awaitPerson (
  server: Server, { deviceCode, interval, endsAt }: DeviceCodes, { now, pause, signal }: DeviceSettings
): Promise<oauth.TokenEndpointResponse> {
  let step = interval
  let failures = 0
  for (;;) {
    const wait = failures === 0 ? step : Math.max(step, Math.min(step * 2 ** failures, LONGEST_BACKOFF))
    if (now() + wait >= endsAt) {
      await pause(Math.max(endsAt - now(), 0), signal)
      throw expired(server.host.issuer)
    }
    await pause(wait, signal)
    const reply = await ask(server, deviceCode)
    signal.throwIfAborted()
    if (typeof reply === 'object') return reply
    failures = reply === 'away' ? failures + 1 : 0
    if (reply === 'slow_down') step += SLOWER
  }
}
