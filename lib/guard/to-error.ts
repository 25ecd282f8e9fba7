/**
 * What was thrown, as something that Fastify takes for an error: it takes a falsy one for none, and lets the request go
 * on to its handler.
 */
export function toError (thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new TypeError('Something was thrown that is no error.', { cause: thrown })
}
