import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { SubjectSettings } from '../subjects/subject.ts'

function toPem ({ privateKey }: { privateKey: KeyObject }): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Of this run. */
export const privateKeys: SubjectSettings['privateKeys'] = {
  RS256: toPem(generateKeyPairSync('rsa', { modulusLength: 2048 })),
  ES256: toPem(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  EdDSA: toPem(generateKeyPairSync('ed25519'))
}
