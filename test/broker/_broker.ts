import { randomBytes } from 'node:crypto'
import type { BrokerSettings } from '../../lib/options/broker-settings.ts'
import { LoginEvents } from '../../lib/events.ts'
import { type Broker, createBroker } from '../../lib/broker/create-broker.ts'
import { LocalRevocations, type Revocations } from '../../lib/session/revocations.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import type { Store } from '../../lib/stores/store.ts'
import { createClock, type TestClock } from '../../lib/testing/index.ts'
import type { Vault } from '../../lib/vault.ts'
import { NOON, SESSION, vaultOf } from '../session/_session.ts'

export const ISSUER = 'https://app.example'

/** A broker of a test, and what it has told. */
export interface TestBroker extends Broker {
  readonly settings: BrokerSettings
  readonly vault: Vault
  readonly store: Store
  readonly revocations: Revocations
  readonly clock: TestClock
  readonly told: Array<readonly [name: string, event: unknown]>
}

export interface TestBrokerOptions extends Partial<BrokerSettings> {
  readonly vault?: Vault
  readonly shared?: Store
  readonly revocations?: Revocations
  readonly clock?: TestClock
}

/** What a test says nothing about. */
export const usual: BrokerSettings = {
  issuer: ISSUER,
  audience: [ISSUER],
  store: undefined,
  signingAlg: 'ES256',
  accessTokenTtl: 600,
  refreshTokenTtl: 3600,
  rotateKeys: undefined,
  signer: undefined,
  peers: [],
  mapClaims: undefined,
  subjectIssuers: []
}

/** Brokers that share `vault` and `shared` are processes of one application. */
export async function aBroker (options: TestBrokerOptions = {}): Promise<TestBroker> {
  const { clock = createClock(NOON * 1000), vault, shared, revocations, ...others } = options
  const told: Array<readonly [string, unknown]> = []
  const events = new LoginEvents({
    tokenIssued: event => told.push(['tokenIssued', event]),
    tokenRevoked: event => told.push(['tokenRevoked', event]),
    signingKeyAdded: event => told.push(['signingKeyAdded', event])
  }, error => { throw error })
  const settings = { ...usual, ...others }
  const ground = {
    settings,
    vault: vault ?? await vaultOf(randomBytes(32)),
    store: shared ?? new MemoryStore({ now: clock.now }),
    revocations: revocations ?? new LocalRevocations(clock.now),
    context: SESSION,
    events,
    now: clock.now
  }
  return { ...ground, ...createBroker(ground), clock, told }
}
