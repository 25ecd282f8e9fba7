import { fastifyCookie, type SerializeOptions } from '@fastify/cookie'

/** Why a browser is not to be signed in silently for a while, and how often that was asked for meanwhile. */
export interface SilentMark {
  readonly reason: 'tried' | 'loggedOut'
  readonly count: number
}

/** A `Set-Cookie` header. */
interface MarkCookie {
  readonly name: string
  readonly line: string
}

/** The small cookie by which a browser remembers it. It says nothing about anybody, so it is not sealed. */
export interface SilentMarks {
  readonly name: string
  /** Whether a header carries one; also one that nobody can read. */
  isIn (header: string | undefined): boolean
  /** The mark of a header. One that nobody can read counts as tried often: it must not make a circle. */
  find (header: string | undefined): SilentMark | undefined
  write (mark: SilentMark): MarkCookie
  clear (header: string | undefined): readonly MarkCookie[]
}

/** How often a silent sign-in may be asked for in vain until a page says so. */
export const MOST_IN_VAIN = 2
/** Seconds that a mark lasts, by its reason. */
const LIFE = Object.freeze({ tried: 600, loggedOut: 86_400 })
const LETTER = Object.freeze({ tried: 't', loggedOut: 'o' })
const written = /^([to])(\d)$/

/** @param read gives the cookies of a header */
export function createSilentMarks (
  name: string, secure: boolean, read: (header: string) => Readonly<Record<string, string | undefined>>
): SilentMarks {
  const attributes: SerializeOptions = Object.freeze({ path: '/', httpOnly: true, secure, sameSite: 'lax' })
  const isIn = (header: string | undefined): header is string => header?.includes(`${name}=`) === true

  return Object.freeze({
    name,
    isIn,
    find (header) {
      if (!isIn(header)) return undefined
      const [, letter, count] = written.exec(read(header)[name] ?? '') ?? []
      if (letter === undefined) return { reason: 'tried', count: MOST_IN_VAIN }
      return { reason: letter === LETTER.tried ? 'tried' : 'loggedOut', count: Number(count) }
    },
    write: ({ reason, count }) => ({
      name, line: fastifyCookie.serialize(name, `${LETTER[reason]}${count}`, { ...attributes, maxAge: LIFE[reason] })
    }),
    clear: header => isIn(header)
      ? [{ name, line: fastifyCookie.serialize(name, '', { ...attributes, maxAge: 0, expires: new Date(0) }) }]
      : []
  } satisfies SilentMarks)
}
