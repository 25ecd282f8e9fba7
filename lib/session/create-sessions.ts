import type { Settings } from '../options/settings.ts'
import { LocalRevocations } from './revocations.ts'
import { SealedSessions } from './sealed-sessions.ts'
import type { Sessions, SessionsParts } from './sessions.ts'
import { StoredRevocations } from './stored-revocations.ts'
import { StoredSessions } from './stored-sessions.ts'

/** What sessions are made of. */
export interface SessionsGround extends Omit<SessionsParts, 'revocations' | 'settings'> {
  readonly settings: SessionsParts['settings'] & Pick<Settings, 'session'>
}

/** The sessions of one plugin instance, in the mode that its settings say. */
export function createSessions (ground: SessionsGround): Sessions {
  const { mode, store } = ground.settings.session
  if (mode === 'store') return new StoredSessions({ ...ground, revocations: new StoredRevocations(ground.store) })
  const isLocal = store === undefined
  const revocations = isLocal ? new LocalRevocations() : new StoredRevocations(ground.store)
  return new SealedSessions({ ...ground, revocations, isLocal })
}
