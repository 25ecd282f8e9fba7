import { inParts } from '../in-parts.ts'
import type { LogoutMarks } from '../logout-marks.ts'
import type { Entry, Store } from '../stores/store.ts'
import { handleIn, sessionKey, userTag } from './handle.ts'
import { isWrittenMarks, readMarks, writeMarks, type WrittenMarks } from './logout-marks.ts'
import type { Session } from './session.ts'

/** A session as its person, or an administrator, may know it. All times are seconds since 1970. */
export interface SessionInfo {
  /** Names the session for `sessions.end`; it opens nothing. */
  readonly handle: string
  /** When the person proved who they are; 0 where nobody knows, because the provider asked for nothing. */
  readonly authenticatedAt: number
  /** When the session was last written: at most `idle / 20` before it was last used. */
  readonly usedAt: number
  readonly endsAt: number
  /** Name of the provider that vouched; undefined where the application checked credentials itself. */
  readonly provider: string | undefined
  /** Browser and system, such as `Firefox on Linux`. */
  readonly device: string
  readonly isRemembered: boolean
}

/**
 * Kept beside each session in clear: without ids and claims, because whoever reads the database reads it. Short,
 * because a memory store keeps it for every session: `usedAfter` and `endsAfter` count from the first time.
 */
type WrittenInfo = readonly [
  authenticatedAt: number, usedAfter: number, endsAfter: number, isRemembered: 0 | 1, device: string,
  generation?: string | null, provider?: string, marks?: WrittenMarks
]

/** A session in a list, and what tells whether it was ended. */
export interface Listed {
  readonly info: SessionInfo
  readonly generation: string | undefined
  readonly marks: LogoutMarks | undefined
}

export function writeInfo (session: Session, device: string): string {
  const { authenticatedAt: from, writtenAt, endsAt, isRemembered, generation, identity, marks } = session
  const info: WrittenInfo = [from, writtenAt - from, endsAt - from, isRemembered ? 1 : 0, device]
  if (identity !== undefined) {
    const written = marks === undefined ? [] : [writeMarks(marks)]
    return JSON.stringify([...info, generation ?? null, identity.provider, ...written])
  }
  return JSON.stringify(generation === undefined ? info : [...info, generation])
}

/** Seconds: the sum of two still makes a date. */
const isTime = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) <= 4e12

function isInfo (written: unknown): written is WrittenInfo {
  if (!Array.isArray(written)) return false
  const [from, usedAfter, endsAfter, , device, generation, provider = '', marks] = written as readonly unknown[]
  if (marks !== undefined && !isWrittenMarks(marks)) return false
  return [from, usedAfter, endsAfter].every(isTime) && [device, generation ?? '', provider].every(value => typeof value === 'string')
}

/** The info of a value; undefined where it was not written here. What follows it is nobody's business. */
function parseInfo (value: string): WrittenInfo | undefined {
  try {
    const written: unknown = JSON.parse(value.split('\n', 1).join(''))
    return isInfo(written) ? written : undefined
  } catch {
    return undefined
  }
}

function readInfo (key: string, { value }: Entry): Listed | undefined {
  const written = parseInfo(value)
  if (written === undefined) return undefined
  const [authenticatedAt, usedAfter, endsAfter, isRemembered, device, generation, provider, marks] = written
  const info = Object.freeze({
    handle: handleIn(key),
    authenticatedAt,
    usedAt: authenticatedAt + usedAfter,
    endsAt: authenticatedAt + endsAfter,
    provider,
    device,
    isRemembered: isRemembered === 1
  })
  return { info, generation: generation ?? undefined, marks: marks === undefined ? undefined : readMarks(marks) }
}

async function readSome (store: Store, keys: readonly string[]): Promise<readonly Listed[]> {
  const entries = await store.getMany(keys)
  return keys.flatMap((key, index) => {
    const entry = entries[index]
    return entry === undefined ? [] : readInfo(key, entry) ?? []
  })
}

/** What a store lists of a person, used last first. */
export async function readListed (store: Store, kind: 'session' | 'listed', userKey: string): Promise<readonly Listed[]> {
  const prefix = sessionKey(kind, userKey)
  const keys = (await store.keys(userTag(userKey))).filter(key => key.startsWith(prefix))
  const listed = await inParts(keys, some => readSome(store, some))
  return [...listed].sort((one, other) => other.info.usedAt - one.info.usedAt)
}
