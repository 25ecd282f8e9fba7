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
}

interface WrittenGeneration { readonly g: string, readonly x?: string }

/** Seconds that a generation is known: longer than any session that it ends. */
export const GENERATION_LIFE = 400 * 86_400

export function createGeneration (except?: string): Generation {
  return Object.freeze({ id: randomBytes(9).toString('base64url'), except })
}

export function writeGeneration ({ id, except }: Generation): string {
  const written: WrittenGeneration = { g: id, ...(except === undefined ? {} : { x: except }) }
  return JSON.stringify(written)
}

export function readGeneration (value: string | undefined): Generation | undefined {
  if (value === undefined) return undefined
  const { g: id, x: except } = JSON.parse(value) as WrittenGeneration
  return { id, except }
}

/** Whether a session began before all of its person's sessions were ended. */
export function isOutdated (
  { generation, handle }: Pick<Session, 'generation' | 'handle'>, current: Generation | undefined
): boolean {
  return current !== undefined && generation !== current.id && handle !== current.except
}
