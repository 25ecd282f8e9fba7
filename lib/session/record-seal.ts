import { CompactEncrypt, compactDecrypt } from 'jose'

/**
 * Protected header of every record: `{"alg":"dir","enc":"A256GCM"}` and the empty key that follows it (RFC 7516,
 * section 7.1). It is always the same, so it is not kept.
 */
const HEADER = 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Seals a record with a key of its own, which only the browser's cookie has. */
export async function sealRecord (record: object, key: Uint8Array): Promise<string> {
  const jwe = await new CompactEncrypt(encoder.encode(JSON.stringify(record)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key)
  return jwe.slice(HEADER.length)
}

/** What was sealed; undefined for whatever was not sealed with this key. */
export async function openRecord (sealed: string, key: Uint8Array): Promise<unknown> {
  try {
    const { plaintext } = await compactDecrypt(HEADER + sealed, key)
    return JSON.parse(decoder.decode(plaintext))
  } catch {
    return undefined
  }
}
