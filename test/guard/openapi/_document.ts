import fastifySwagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { authPlugin, type AuthOptions } from '../../../lib/index.ts'
import { type Log, secret } from '../_app.ts'

export interface Answer {
  readonly description: string
  readonly headers?: Readonly<Record<string, object>>
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
  readonly schema?: object
}

export interface Operation {
  readonly security?: ReadonlyArray<Readonly<Record<string, readonly string[]>>>
  readonly responses: Readonly<Record<string, Answer>>
}

type Scheme = Readonly<Record<string, string>>

/** The parts of a document that are looked at. */
export interface Document {
  readonly openapi?: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: { readonly securitySchemes?: Readonly<Record<string, Scheme>> }
  readonly securityDefinitions?: Readonly<Record<string, Scheme>>
}

export const openapi = (version = '3.0.3'): FastifyDynamicSwaggerOptions => ({
  openapi: { openapi: version, info: { title: 'x', version: '1' } }
})

export interface Wiring {
  readonly options?: Partial<AuthOptions>
  readonly swagger?: FastifyDynamicSwaggerOptions
  readonly log?: Log
  /** Whether `@fastify/swagger` comes after the plugin. */
  readonly isLast?: boolean
}

/** An application with the plugin and a document. */
export async function createDocumented (
  t: Test, { options = {}, swagger = openapi(), log, isLast = false }: Wiring = {}
): Promise<FastifyInstance> {
  const app = Fastify(log === undefined ? {} : { logger: log.logger })
  t.teardown(() => app.close())
  if (!isLast) await app.register(fastifySwagger, swagger)
  await app.register(authPlugin, { secret: secret(), ...options })
  if (isLast) await app.register(fastifySwagger, swagger)
  return app
}

const members: Readonly<Record<string, readonly string[]>> = {
  apiKey: ['in', 'name'], http: ['scheme'], openIdConnect: ['openIdConnectUrl'], basic: []
}

/** What is wrong with what a document says of security and of refusals (OpenAPI 3.0, 3.1 and Swagger 2.0). */
function * faultsOf ({ openapi, paths, components, securityDefinitions }: Document): Generator<string> {
  const schemes = (openapi === undefined ? securityDefinitions : components?.securitySchemes) ?? {}
  for (const [label, scheme] of Object.entries(schemes)) {
    if (!/^[\w.-]+$/.test(label)) yield `${label} is no key of a component`
    const needed = members[String(scheme['type'])]
    if (needed === undefined || needed.some(member => typeof scheme[member] !== 'string')) yield `${label} is no scheme`
  }
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { security = [], responses }] of Object.entries(operations)) {
      for (const [label, scopes] of security.flatMap(one => Object.entries(one))) {
        const type = schemes[label]?.['type']
        if (type === undefined) yield `${method} ${path} names ${label}, which is nowhere`
        const mayHaveScopes = type === 'openIdConnect' || openapi?.startsWith('3.1')
        if (scopes.length > 0 && !mayHaveScopes) yield `${method} ${path} has scopes for ${label}`
      }
      for (const [status, answer] of Object.entries(responses)) {
        const { description, headers = {}, content = {}, schema, ...others } = answer
        if (description === '') yield `${method} ${path} ${status} has no description`
        if (openapi !== undefined && schema !== undefined) yield `${method} ${path} ${status} has a schema outside its content`
        if (Object.keys(others).length > 0) yield `${method} ${path} ${status} has ${Object.keys(others).join()}`
        const kinds = openapi === undefined ? ['type'] : ['schema']
        if (Object.values(headers).some(header => !kinds.every(kind => kind in header))) yield `${method} ${path} ${status} has no header`
        if (Object.values(content).some(medium => medium.schema === undefined)) yield `${method} ${path} ${status} has no schema`
      }
    }
  }
}

/** The document of an application, which has no faults. */
export async function documentOf (t: Test, app: FastifyInstance): Promise<Document> {
  await app.ready()
  const document = JSON.parse(JSON.stringify(app.swagger())) as Document
  t.same([...faultsOf(document)], [])
  return document
}

/** What a document says of `GET` at a path. */
export async function operationOf (t: Test, app: FastifyInstance, path = '/'): Promise<Operation> {
  const operation = (await documentOf(t, app)).paths[path]?.['get']
  if (operation === undefined) throw new Error(`The document has no ${path}`)
  return operation
}
