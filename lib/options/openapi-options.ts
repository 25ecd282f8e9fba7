import { assertFunction, assertKnownKeys, assertObject } from './check.ts'

/** What documents of `@fastify/swagger` say of guarded routes. */
export interface OpenapiOptions {
  /**
   * The `transform` that the application gives to `@fastify/swagger`: it runs on guarded routes too, and what guards
   * demand is added to what it gives. There, `@fastify/swagger` itself would leave it out.
   *
   * @default none
   */
  transform? (drawing: object): object
}

export type SchemaTransform = NonNullable<OpenapiOptions['transform']>

/** Undefined where documents say nothing of guards. */
export type OpenapiSettings = Readonly<OpenapiOptions> | undefined

/** @throws ConfigurationError */
export function resolveOpenapi (value: unknown = {}): OpenapiSettings {
  if (value === false) return undefined
  assertObject(value, 'openapi')
  assertKnownKeys(value, ['transform'], 'openapi')
  if (value['transform'] !== undefined) assertFunction(value['transform'], 'openapi.transform')
  return Object.freeze({ ...value })
}
