import type { FastifyInstance, RouteOptions } from 'fastify'
import type { SchemaTransform } from '../../options/openapi-options.ts'
import type { Realm } from '../realm.ts'
import type { Requirements } from '../requirements.ts'
import { requirementsOn } from '../guard-mark.ts'
import { ownRoute, type RouteConfig } from '../route-config.ts'
import { type Responses, withRefusals } from './responses.ts'
import { both, type Dialect, type NamedScheme, schemesOn, scopesOf, type Security, securityOf } from './security.ts'

type Schemes = Readonly<Record<string, object>>

/** Tells the security that another registration has found from what the author wrote. */
const found = Symbol('fastify-login.security')

/** A schema of a route, with what only documents read of it. */
interface RouteSchema {
  readonly [found]?: true
  readonly hide?: boolean
  readonly security?: Security
  readonly response?: Responses
}

/** What `@fastify/swagger` gives to a transform: one of the two documents is there. */
interface Drawing {
  readonly schema: RouteSchema | undefined
  readonly openapiObject?: { openapi: string, security?: Security, components: { securitySchemes?: Schemes } }
  readonly swaggerObject?: { security?: Security, securityDefinitions?: Schemes }
}

/** What a transform makes of a route. Without a schema it is the one of the route. */
interface Drawn {
  readonly schema?: RouteSchema
  readonly url?: string
}

/** What a route says about documents, in its config. */
type Written = SchemaTransform | false | undefined

const PLUGIN = '@fastify/swagger'
const UNREADABLE = 'fastify-login: the schema of a guarded route needs a transform, so that the OpenAPI document does not ' +
  'say what its guard demands. Give the "transform" of @fastify/swagger to fastify-login too, as "openapi.transform".'
const PARTS = ['body', 'querystring', 'query', 'params', 'headers'] as const

/** Whether a schema is an object of a library, as Zod's, that only a transform of the application can read. */
function isForeign (schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && '~standard' in schema
}

function needsTransform (schema: unknown): boolean {
  const parts = (schema ?? {}) as Readonly<Record<string, unknown>>
  return [...PARTS.map(part => parts[part]), ...Object.values(parts['response'] ?? {})].some(isForeign)
}

/** Adds schemes to a document. One that its author has described under the same name stays as it is. */
function addSchemes ({ openapiObject, swaggerObject }: Drawing, schemes: readonly NamedScheme[]): void {
  const added = Object.fromEntries(schemes)
  if (openapiObject !== undefined) {
    const { components } = openapiObject
    components.securitySchemes = { ...added, ...components.securitySchemes }
  }
  if (swaggerObject !== undefined) {
    swaggerObject.securityDefinitions = { ...added, ...swaggerObject.securityDefinitions }
  }
}

function describe (
  drawing: Drawing, drawn: Drawn, demanded: readonly Requirements[], { settings }: Realm
): Drawn {
  const schema = drawn.schema ?? drawing.schema ?? {}
  if (schema.hide === true) return drawn
  const { openapiObject, swaggerObject } = drawing
  const dialect: Dialect = {
    isSwagger2: swaggerObject !== undefined,
    namesRoles: openapiObject !== undefined && !openapiObject.openapi.startsWith('3.0')
  }
  const scopes = scopesOf(demanded)
  const response = withRefusals(schema.response, scopes, dialect.isSwagger2)
  const { security = (openapiObject ?? swaggerObject)?.security } = schema
  if (security !== undefined && schema[found] === undefined) return { ...drawn, schema: { ...schema, response } }
  const schemes = schemesOn(demanded, settings, dialect)
  addSchemes(drawing, schemes)
  const own = securityOf(schemes, scopes, dialect)
  const demandedHere = security === undefined ? own : both(security, own)
  return { ...drawn, schema: { ...schema, response, security: demandedHere, [found]: true } }
}

/** Our own pages are for people, and in no document. An endpoint for programs says with a schema what it is. */
function transformOwn ({ schema }: RouteOptions): Written {
  return schema === undefined ? () => ({ schema: { hide: true } }) : false
}

/** The transform of a route; it runs when a document is made, and by then the hooks of scopes are known. */
function transformFor (
  realm: Realm, scope: FastifyInstance, route: RouteOptions, written: Written, warn: () => undefined
): Written {
  const { openapi } = realm.settings
  const kind = (route.config as RouteConfig)[ownRoute]
  const own = kind === undefined ? written : transformOwn(route)
  // A guard of a scope around our pages leaves them alone.
  if (openapi === undefined || kind === 'page' || kind === 'callback') return own
  const demanded = requirementsOn(route, scope, realm)
  if (demanded.length === 0) return own
  const transform = own ?? openapi.transform ?? false
  if (transform === false && own === undefined && needsTransform(route.schema)) return warn()
  return (drawing: Drawing) => {
    const drawn = transform === false ? {} : transform(drawing) as Drawn
    return describe(drawing, drawn, demanded, realm)
  }
}

/** The hook that lets `@fastify/swagger`, where there is one, say of guarded routes what their guards demand. */
export function createOnRoute (realm: Realm): (this: FastifyInstance, route: RouteOptions) => void {
  let hasWarned = false
  return function describeRoute (route) {
    if (!this.hasPlugin(PLUGIN)) return
    const before = (route.config ?? {}) as { readonly swaggerTransform?: Written }
    let written = (): Written => before.swaggerTransform
    const warn = (): undefined => {
      if (!hasWarned) this.log.warn(UNREADABLE)
      hasWarned = true
    }
    const config: object = { ...before }
    route.config = Object.defineProperty(config, 'swaggerTransform', {
      enumerable: true,
      configurable: true,
      get: () => transformFor(realm, this, route, written(), warn),
      set (value: Written) { written = () => value }
    })
  }
}
