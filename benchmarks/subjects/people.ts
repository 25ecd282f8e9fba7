/** What a session keeps of a person, and what `/me` answers. */
export interface Person {
  readonly id: string
  readonly claims: {
    readonly name: string
    readonly email: string
    readonly roles: readonly string[]
    readonly department: string
    readonly locale: string
  }
}

/** A person of about 200 bytes of JSON: the same person, in the same number of bytes, for the same index. */
export function personOf (index: number): Person {
  const number = String(index).padStart(8, '0')
  return {
    id: `person-${number}`,
    claims: {
      name: `Ada Lovelace ${number}`,
      email: `ada.lovelace.${number}@example.com`,
      roles: ['reader', 'editor', 'auditor'],
      department: 'Analytical Engines',
      locale: 'en-GB'
    }
  }
}

/** What `/public` answers to everybody, as long as what `/me` answers. */
export const PUBLIC_BODY: Person = personOf(99_999_999)
