type Serializer = (value: unknown) => unknown

/** Where pino keeps the serializers of a logger. */
const serializersKey = Symbol.for('pino.serializers')

/**
 * How requests for our own pages appear in the log: as the application wants them, but without the query, in which an
 * authorization code travels.
 */
export function createRequestSerializer (log: object): Serializer {
  const { req } = (log as { readonly [serializersKey]?: { readonly req?: Serializer } })[serializersKey] ?? {}
  return function serializeRequest (request) {
    const entry = req?.(request)
    if (typeof entry !== 'object' || entry === null || !('url' in entry)) return entry
    return { ...entry, url: String(entry.url).split('?', 1)[0] }
  }
}
