import type { AuthUser, Claims } from './user.ts'

/** What is said about a person, by the names of OpenID Connect Core, section 5.1. What nobody knows is left out. */
export interface Userinfo {
  /** `currentUser.id`. */
  readonly sub: string
  readonly name?: string
  readonly given_name?: string
  readonly family_name?: string
  readonly preferred_username?: string
  readonly email?: string
  readonly email_verified?: boolean
  readonly picture?: string
  readonly locale?: string
  readonly zoneinfo?: string
  /** Seconds since 1970. */
  readonly updated_at?: number
}

type Kind = (value: unknown) => boolean

const isText: Kind = value => typeof value === 'string' && value.trim() !== ''
const isTime: Kind = value => typeof value === 'number' && value >= 0 && Number.isFinite(value)

interface Mapping {
  readonly member: Exclude<keyof Userinfo, 'sub' | 'email_verified'>
  /** How sources spell it, the best known first. */
  readonly spellings: readonly string[]
  readonly isValid: Kind
  /** The scope that asks for it (section 5.4). */
  readonly scope: 'profile' | 'email'
}

function profile (member: Mapping['member'], others: readonly string[] = [], isValid = isText): Mapping {
  return { member, spellings: [member, ...others], isValid, scope: 'profile' }
}

/** A name is not cut into two: nobody could say where "Mary Ann van der Berg" ends to be a given one. */
const MAPPINGS: readonly Mapping[] = [
  profile('name'),
  profile('given_name', ['given-name', 'first_name', 'first-name']),
  profile('family_name', ['family-name', 'last_name', 'last-name', 'surname']),
  profile('preferred_username', ['user_name', 'uid', 'username', 'upn']),
  profile('picture'),
  profile('locale'),
  profile('zoneinfo'),
  profile('updated_at', [], isTime),
  { member: 'email', spellings: ['email', 'mail'], isValid: isText, scope: 'email' }
]

interface Found {
  readonly value: unknown
  readonly spelling: string
  readonly source: Claims
}

function find ({ spellings, isValid }: Mapping, sources: readonly Claims[]): Found | undefined {
  for (const source of sources) {
    const spelling = spellings.find(name => isValid(source[name]))
    if (spelling !== undefined) return { value: source[spelling], spelling, source }
  }
  return undefined
}

/** That an address was verified is said by who says the address: it may be about another one elsewhere. */
function verification ({ spelling, source }: Found): Pick<Userinfo, 'email_verified'> {
  const isVerified = spelling === 'email' ? source.email_verified : undefined
  return typeof isVerified === 'boolean' ? { email_verified: isVerified } : {}
}

/**
 * What the application knows about a user, as OpenID Connect spells it: of the provider's userinfo, then of the claims.
 *
 * @param scopes of who asks, where they decide (section 5.4); undefined for who may see all of it
 */
export function userinfoOf ({ id, userinfo = {}, claims }: AuthUser, scopes?: readonly string[]): Userinfo {
  const found: Record<string, unknown> = { sub: id }
  for (const mapping of MAPPINGS) {
    if (scopes?.includes(mapping.scope) === false) continue
    const one = find(mapping, [userinfo, claims])
    if (one === undefined) continue
    found[mapping.member] = one.value
    if (mapping.member === 'email') Object.assign(found, verification(one))
  }
  return found as unknown as Userinfo
}
