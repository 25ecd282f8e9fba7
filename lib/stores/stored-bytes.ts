const LONGEST_KEY = 512
const loneSurrogate = /\p{Surrogate}/u

/** A text with half a character would come back as another text, or meet the entry of another key. */
function encode (text: string, what: string): Uint8Array {
  if (typeof text !== 'string' || loneSurrogate.test(text)) throw new TypeError(`A ${what} must be a well-formed text.`)
  return Buffer.from(text)
}

/** A key or a tag. A database that is not strict would cut it in silence. */
export function encodeKey (text: string): Uint8Array {
  const bytes = encode(text, 'key or tag')
  if (bytes.length === 0 || bytes.length > LONGEST_KEY) {
    throw new RangeError(`A key or tag must have 1 to ${LONGEST_KEY} bytes; this one has ${bytes.length}.`)
  }
  return bytes
}

export function encodeValue (text: string): Uint8Array {
  return encode(text, 'value')
}

/** Milliseconds since 1970, whole. */
export function encodeTime (time: number): number {
  const whole = Math.floor(time)
  if (!Number.isSafeInteger(whole)) throw new RangeError('A time must be a number of milliseconds since 1970.')
  return whole
}

/** What a driver gave for bytes that were written here. */
export function decodeText (bytes: unknown): string {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError('The driver of the database gave something else than bytes for a column of bytes. ' +
      'Remove what changes its types, or hand over a connection of its own.')
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}
