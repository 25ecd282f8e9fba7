import type { LoginEvents } from '../events.ts'
import type { BrokerSettings } from '../options/broker-settings.ts'
import type { Revocations } from '../session/revocations.ts'
import type { Store } from '../stores/store.ts'
import type { Vault } from '../vault.ts'
import { BrokerTokens, type BrokerTokensParts } from './broker-tokens.ts'
import { SignerKeys } from './signer-keys.ts'
import type { SigningKeys } from './signing-keys.ts'
import { StoredKeys } from './stored-keys.ts'

/** What a broker is put together of. */
export interface BrokerGround {
  readonly settings: BrokerSettings
  readonly vault: Vault
  readonly store: Store
  readonly revocations: Revocations
  /** Name of the session cookie: tells the people of registrations that share a store apart. */
  readonly context: string
  readonly events: Pick<LoginEvents, 'emit'>
  readonly onRevoke?: BrokerTokensParts['onRevoke']
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** This application as an issuer. */
export interface Broker {
  readonly keys: SigningKeys
  readonly tokens: BrokerTokens
}

/** Nothing is read or made before somebody asks for a key. */
export function createBroker (ground: BrokerGround): Broker {
  const { settings, vault, store, revocations, context, events, onRevoke, now } = ground
  const { signer } = settings
  const keys = signer === undefined
    ? new StoredKeys({ settings, vault, store, events, now })
    : new SignerKeys({ settings: { ...settings, signer }, now })
  const tokens = new BrokerTokens({ settings, keys, revocations, context, events, onRevoke, now })
  return Object.freeze({ keys, tokens })
}
