import type { Settings } from '../options/settings.ts'
import { LocalRevocations, type Revocations } from './revocations.ts'
import { SealedSessions } from './sealed-sessions.ts'
import type { Sessions, SessionsParts } from './sessions.ts'
import { StoredRevocations } from './stored-revocations.ts'
import { StoredSessions } from './stored-sessions.ts'

/** What sessions are made of. */
export interface SessionsGround extends Omit<SessionsParts, 'revocations' | 'settings'> {
  readonly settings: SessionsParts['settings'] & Pick<Settings, 'session'>
}

/** The list of ended sessions: in a store where one is configured, else in this process. */
export function createRevocations ({ settings, store }: Pick<SessionsGround, 'settings' | 'store'>): Revocations {
  const { session, now } = settings
  return session.store === undefined ? new LocalRevocations(now) : new StoredRevocations(store, now)
}

/** The sessions of one plugin instance, in the mode that its settings say. */
export function createSessions (ground: SessionsGround, revocations = createRevocations(ground)): Sessions {
  const { mode, store } = ground.settings.session
  if (mode === 'store') return new StoredSessions({ ...ground, revocations })
  return new SealedSessions({ ...ground, revocations, isLocal: store === undefined })
}
