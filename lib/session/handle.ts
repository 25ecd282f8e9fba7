import { randomBytes } from 'node:crypto'
import { digestOf } from '../digest.ts'

const USER_KEY_LENGTH = 22
const handleSpelling = /^[\w-]{65}$/

/**
 * What a person is called in a store: nobody reads an id in it, and every id gives 22 characters. As JSON, because ids
 * with half a character would all be the same bytes, and people would see and end the sessions of others.
 *
 * @param context tells the people of registrations that share a store apart
 */
export function userKeyOf (context: string, userId: string): string {
  const named = JSON.stringify([context, userId])
  return digestOf(named).slice(0, USER_KEY_LENGTH)
}

/**
 * The public name of a session: the person's key and 43 characters more. Who knows it can name the session, but cannot
 * use it.
 */
export function handleOf (userKey: string, unique: string): string {
  return userKey + unique
}

export function userKeyIn (handle: string): string {
  return handle.slice(0, USER_KEY_LENGTH)
}

export function isHandle (value: unknown): value is string {
  return typeof value === 'string' && handleSpelling.test(value)
}

/** 32 random bytes: the id of a session. */
export function newSessionId (): string {
  return randomBytes(32).toString('base64url')
}

/**
 * Where a store keeps something of a session. What belongs to one person has one hash tag, so that a Redis Cluster
 * keeps it in one slot and reads it in one command.
 */
export function sessionKey (kind: 'session' | 'ended' | 'listed', handle: string): string {
  return `${kind}:{${userKeyIn(handle)}}${handle.slice(USER_KEY_LENGTH)}`
}

export function generationKey (userKey: string): string {
  return `generation:{${userKey}}`
}

/** The handle of a session that a store has under a key of `sessionKey`. */
export function handleIn (key: string): string {
  return key.slice(key.indexOf('{') + 1).replace('}', '')
}

/** The tag of all sessions of a person. */
export function userTag (userKey: string): string {
  return `user:${userKey}`
}
