import { randomBytes } from 'node:crypto'
import type { Session } from './session.ts'

/**
 * What ends all sessions of a person in one write. Each login belongs to the generation that it finds; another one
 * ends it. No clocks are compared, so it does not matter whose is right.
 */
export interface Generation {
  readonly id: string
  /** Handle of a session that lives on although it is of an earlier generation. */
  readonly except: string | undefined
  /** The generation that it must be of: a session that was ended before is not revived. Undefined for any. */
  readonly exceptOf: string | undefined
}

interface WrittenGeneration { readonly g: string, readonly x?: string, readonly f?: string }

/** Seconds that a generation is known: longer than any session that it ends. */
export const GENERATION_LIFE = 400 * 86_400

/**
 * The generation after the current one. Whoever excepts a session knows it by its handle alone, which does not tell
 * whether it was ended meanwhile; which generation lives until now does.
 */
export function createGeneration (except?: string, current?: Generation): Generation {
  const id = randomBytes(9).toString('base64url')
  if (except === undefined) return Object.freeze({ id, except, exceptOf: undefined })
  return Object.freeze({ id, except, exceptOf: current?.except === except ? current.exceptOf : current?.id })
}

export function writeGeneration ({ id, except, exceptOf }: Generation): string {
  const written: WrittenGeneration = {
    g: id, ...(except === undefined ? {} : { x: except }), ...(exceptOf === undefined ? {} : { f: exceptOf })
  }
  return JSON.stringify(written)
}

/** What was not written here is a generation too: all sessions that began before it are over, and logins go on. */
export function readGeneration (value: string | undefined): Generation | undefined {
  if (value === undefined) return undefined
  const { g: id = '', x: except, f: exceptOf } = parseWritten(value)
  return { id, except, exceptOf }
}

function parseWritten (value: string): Partial<WrittenGeneration> {
  try {
    const written: unknown = JSON.parse(value)
    return typeof written === 'object' && written !== null ? written : {}
  } catch {
    return {}
  }
}

/** Whether a session began before all of its person's sessions were ended. */
export function isOutdated (
  { generation, handle }: Pick<Session, 'generation' | 'handle'>, current: Generation | undefined
): boolean {
  if (current === undefined || generation === current.id) return false
  const { except, exceptOf = generation } = current
  return handle !== except || generation !== exceptOf
}
