import { setTimeout } from 'node:timers/promises'
import { ClientError } from './client-error.ts'
import { type Host, parseHost } from './host.ts'
import { isInteractive } from './interactive.ts'
import { openBrowser } from './open-browser.ts'
import type { AuthenticateOptions, Flow } from './options.ts'
import { describePrompt } from './prompt.ts'
import { isVisible, shownText } from './shown-text.ts'
import { TokenFile } from './token-file.ts'

/** The options with nothing left open. */
export interface ClientSettings extends Required<Omit<AuthenticateOptions, 'file' | 'openBrowser' | 'clientSecret'>> {
  readonly host: Host
  readonly clientSecret: string | undefined
  readonly file: TokenFile | undefined
  readonly openBrowser: NonNullable<Exclude<AuthenticateOptions['openBrowser'], false>>
  /** Waits for so many milliseconds; rejects when the signal does. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

/** The program where nobody says which. */
export const DEFAULT_CLIENT = 'cli'

const FLOWS: ReadonlySet<Flow | undefined> = new Set(['auto', 'device', 'browser'])
const NAMES: ReadonlySet<string> = new Set([
  'clientId', 'clientSecret', 'scopes', 'flow', 'file', 'force', 'interactive', 'ports', 'signal', 'onPrompt', 'onNotice',
  'openBrowser', 'fetch', 'now'
])

function refuse (option: string, why: string): never {
  throw new ClientError('ARGUMENT_INVALID', `"${shownText(option)}" ${why}`)
}

function assertOptions ({ clientId, clientSecret, scopes, flow, ports }: AuthenticateOptions): void {
  if (clientId === '') refuse('clientId', 'must be the name of a program.')
  if (clientSecret === '') refuse('clientSecret', 'must be a text, or left out.')
  if (flow !== undefined && !FLOWS.has(flow)) refuse('flow', 'must be "auto", "device" or "browser".')
  if (scopes?.every(isVisible) === false) refuse('scopes', 'must be a list of single words.')
  const isPort = (port: number): boolean => Number.isInteger(port) && port >= 0 && port <= 65_535
  if (ports !== undefined && (ports.length === 0 || !ports.every(isPort))) refuse('ports', 'must be a list of ports.')
}

function toFile (file: AuthenticateOptions['file'], now: () => number): TokenFile | undefined {
  if (file === false) return undefined
  return file instanceof TokenFile ? file : new TokenFile(file, { now })
}

async function pause (milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal })
}

/**
 * Makes the options strict.
 *
 * @throws ClientError `ARGUMENT_INVALID`
 */
export function resolveSettings (host: string, options: AuthenticateOptions): ClientSettings {
  const unknown = Object.keys(options).find(name => !NAMES.has(name))
  if (unknown !== undefined) refuse(unknown, 'is no option.')
  assertOptions(options)
  const { now = Date.now, scopes = [], openBrowser: open } = options
  const say = (text: string): void => { process.stderr.write(text) }
  return Object.freeze({
    host: parseHost(host),
    clientId: options.clientId ?? DEFAULT_CLIENT,
    clientSecret: options.clientSecret,
    scopes: Object.freeze([...new Set(scopes)]),
    flow: options.flow ?? 'auto',
    file: toFile(options.file, now),
    force: options.force ?? false,
    interactive: options.interactive ?? isInteractive(process),
    ports: options.ports ?? [0],
    signal: options.signal ?? new AbortController().signal,
    onPrompt: options.onPrompt ?? (prompt => { say(describePrompt(prompt)) }),
    onNotice: options.onNotice ?? (text => { say(`${text}\n`) }),
    openBrowser: open === false ? () => false : open ?? (address => openBrowser(address, process)),
    fetch: options.fetch ?? fetch,
    now,
    pause
  })
}
