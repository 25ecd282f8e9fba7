/** Somebody who can sign in at the development provider: claims in the spelling of OpenID Connect Core, section 5.1. */
export interface Person {
  /** The subject. Also what the sign-in page sends when its button is pressed. */
  readonly sub: string
  readonly name?: string
  readonly email?: string
  readonly [claim: string]: unknown
}

/** Three people who differ where applications make mistakes. */
export const defaultPeople: readonly Person[] = [
  {
    sub: 'alice',
    name: 'Alice Adams',
    given_name: 'Alice',
    family_name: 'Adams',
    preferred_username: 'alice',
    locale: 'en-US',
    zoneinfo: 'America/New_York',
    email: 'alice@example.com',
    email_verified: true,
    roles: ['admin', 'editor'],
    groups: ['staff', 'board']
  },
  {
    sub: 'bob',
    name: 'Bob Brown',
    given_name: 'Bob',
    family_name: 'Brown',
    preferred_username: 'bob',
    locale: 'de-DE',
    zoneinfo: 'Europe/Berlin',
    email: 'bob@example.com',
    email_verified: false,
    roles: ['editor'],
    groups: ['staff']
  },
  {
    sub: 'carol',
    name: 'Çârôl Müller-Øzgür',
    given_name: 'Çârôl',
    family_name: 'Müller-Øzgür',
    preferred_username: 'çârôl',
    locale: 'fr-CA',
    zoneinfo: 'America/Montreal',
    email: 'carol@example.com',
    email_verified: true,
    roles: [],
    groups: []
  }
]

/** Claims that travel with a scope of OpenID Connect Core, section 5.4. */
const scoped: Readonly<Record<string, readonly string[]>> = {
  profile: [
    'name', 'family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture',
    'website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at'
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified']
}

/** Which claims each scope brings. What no standard scope covers, like roles and groups, comes with `openid`. */
export function claimsByScope (people: readonly Person[]): Record<string, readonly string[]> {
  const standard = new Set(Object.values(scoped).flat())
  const further = people.flatMap(Object.keys).filter(claim => !standard.has(claim))
  return { ...scoped, openid: [...new Set(['sub', ...further])] }
}

/** The person whom a `login_hint` means: by subject, e-mail or user name. */
export function hintedPerson (people: readonly Person[], hint: unknown): Person | undefined {
  if (typeof hint !== 'string') return undefined
  return people.find(({ sub, email, preferred_username: username }) => [sub, email, username].includes(hint))
}
