import type { Realm } from './realm.ts'
import type { Requirements } from './requirements.ts'

/** What a guard says of itself, for documentation. */
export interface GuardMark {
  readonly requirements: Requirements
  /** The registration that decides on routes of a scope. */
  realmIn (scope: object): Realm | undefined
}

const mark = Symbol('fastify-login.guard')
const POSITIONS = ['onRequest', 'preValidation', 'preHandler'] as const

/** Hooks by where they run: of a route, or of a scope. */
type Hooks = Readonly<Partial<Record<typeof POSITIONS[number], unknown>>>

/** Lets a guard be recognised among the hooks of a route. */
export function markGuard<T extends object> (guard: T, said: GuardMark): T {
  return Object.defineProperty(guard, mark, { value: Object.freeze(said) })
}

function markOf (hook: unknown): GuardMark | undefined {
  return typeof hook === 'function' ? (hook as { readonly [mark]?: GuardMark })[mark] : undefined
}

/**
 * The hooks of a whole scope. Fastify has no name for them: where it keeps them elsewhere one day, documents say
 * nothing of the guards among them, and nothing else changes.
 */
function scopeHooks (scope: object): Hooks {
  const key = Object.getOwnPropertySymbols(scope).find(({ description }) => description === 'fastify.hooks')
  return Object(key === undefined ? undefined : (scope as Readonly<Record<symbol, unknown>>)[key]) as Hooks
}

/** What the guards of one registration demand on a route: its own guards, and those of the scope that it is in. */
export function requirementsOn (route: Hooks, scope: object, realm: Realm): readonly Requirements[] {
  const hooks = POSITIONS.flatMap(position => [scopeHooks(scope)[position], route[position]].flat())
  return hooks.map(markOf).filter(one => one !== undefined)
    .filter(one => one.realmIn(scope) === realm)
    .map(({ requirements }) => requirements)
}
