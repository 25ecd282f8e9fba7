/** Answers of a route by status, as a schema of Fastify has them. */
export type Responses = Readonly<Record<string, unknown>>

interface Refusal {
  readonly description: string
  readonly headers?: Readonly<Record<string, object>>
}

/** The answer that a document has where nobody writes one. With others beside it, it must be said. */
const usual: Responses = { 200: { type: 'null', 'x-response-description': 'Default Response' } }

/** What Fastify makes of an error that nobody else answers. */
function errorSchema (): object {
  const text = { type: 'string' }
  return {
    type: 'object',
    required: ['statusCode', 'error', 'message'],
    properties: { statusCode: { type: 'integer' }, code: text, error: text, message: text }
  }
}

function challengeHeader (description: string): Readonly<Record<string, object>> {
  return { 'WWW-Authenticate': { type: 'string', description } }
}

function responseOf ({ description, headers }: Refusal, isSwagger2: boolean): object {
  const words = { 'x-response-description': description, ...headers === undefined ? {} : { headers } }
  // Whatever else the route produces, an error is JSON.
  const schema = errorSchema()
  return isSwagger2 ? { ...words, ...schema } : { ...words, content: { 'application/json': { schema } } }
}

/** Whether the author said what is answered with a status: in person, for its whole class, or for all that are left. */
function isWritten (written: Responses, status: number): boolean {
  return Object.keys(written).some(key => [`${status}`, '4xx', 'default'].includes(key.toLowerCase()))
}

/** The answers of a guarded route: what its author wrote, and the two of a guard. */
export function withRefusals (
  written: Responses | undefined, scopes: readonly string[], isSwagger2: boolean
): Responses {
  const known = written ?? usual
  const refusals: ReadonlyArray<readonly [status: number, refusal: Refusal]> = [
    [401, {
      description: 'Nobody is signed in, or the login or the credentials are not good enough.',
      headers: challengeHeader('What would help (RFC 9110, section 11.6.1).')
    }],
    [403, scopes.length === 0
      ? { description: 'Known, but not allowed.' }
      : {
          description: `Known, but not allowed. Needs the scopes: ${scopes.join(' ')}`,
          headers: challengeHeader('Which scopes are needed (RFC 6750, section 3).')
        }]
  ]
  const missing = refusals.filter(([status]) => !isWritten(known, status))
  const added = missing.map(([status, refusal]) => [status, responseOf(refusal, isSwagger2)])
  return { ...known, ...Object.fromEntries(added) }
}
