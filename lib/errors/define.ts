import createError, { type FastifyErrorConstructor } from '@fastify/error'

/** Headers that an error puts on its answer; Fastify's own error handler and `reply.send(error)` write them. */
export type ErrorHeaders = Readonly<Record<string, string>>

export type Family = FastifyErrorConstructor<{ code: string }, [options?: ErrorOptions]>

/** One reason of a family: `instanceof` the family holds, the code tells the reason. */
export function defineReason (family: Family, code: string, message: string, statusCode: number): Family {
  // createError reads nothing but the prototype of its base, which the declared type does not say.
  return createError<[options?: ErrorOptions]>(code, message, statusCode, family as unknown as ErrorConstructor)
}

export function defineFamily (code: string, message: string, statusCode: number): Family {
  return createError<[options?: ErrorOptions]>(code, message, statusCode)
}
