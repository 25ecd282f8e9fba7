import { createPrivateKey, createPublicKey, type KeyObject, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { type Person, personOf } from './people.ts'
import type { Algorithm, SignedInHeaders, SubjectSettings } from './subject.ts'

export const ISSUER = 'https://id.example.com'
export const AUDIENCE = 'https://api.example.com'

/** An issuer of access tokens as RFC 9068 has them, who is not far. */
export interface LocalIssuer {
  readonly publicKey: KeyObject
  /** Tokens of so many people, each of them a new one. */
  signIn (people: number): Promise<readonly SignedInHeaders[]>
}

/** What `/me` answers of a token. */
export function personIn (payload: Readonly<Record<string, unknown>>): Person {
  return { id: payload['sub'], claims: payload['claims'] } as Person
}

export function createIssuer (algorithm: Algorithm, { privateKeys }: SubjectSettings): LocalIssuer {
  const privateKey = createPrivateKey(privateKeys[algorithm])

  async function sign ({ id, claims }: Person): Promise<string> {
    return await new SignJWT({ client_id: 'program', claims })
      .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: algorithm })
      .setIssuer(ISSUER).setAudience(AUDIENCE).setSubject(id).setJti(randomUUID()).setIssuedAt().setExpirationTime('1h')
      .sign(privateKey)
  }

  return {
    publicKey: createPublicKey(privateKey),
    async signIn (people) {
      const headers: SignedInHeaders[] = []
      for (let index = 0; index < people; index++) {
        headers.push({ authorization: `Bearer ${await sign(personOf(index))}` })
      }
      return headers
    }
  }
}
