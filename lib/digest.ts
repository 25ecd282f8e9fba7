import { createHash } from 'node:crypto'

/** SHA-256 as base64url, 43 characters: what a secret is called where nobody can read the secret itself. */
export function digestOf (data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('base64url')
}
