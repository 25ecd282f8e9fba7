import { assertKnownKeys, assertObject, assertText, assertTexts, refuse } from './check.ts'
import { isOfAnyTenant } from './issuer.ts'
import { isAcceptableAddress } from './public-url.ts'

/** What a claim of the ID token must be: this text, one of these, or just there. */
export type ClaimDemand = string | readonly string[] | true

/** A page of the provider beside its sign-in, with metadata of its own and the same client. */
export interface FurtherFlow {
  /** Where its metadata are. */
  discoveryUrl: string
  /** Its issuer, where it is another one. @default that of the sign-in */
  issuer?: string
  /** What its ID tokens must say. @default nothing */
  claims?: Readonly<Record<string, ClaimDemand>>
}

/** What a provider has beside a sign-in. */
export type FlowName = 'editProfile' | 'resetPassword'

/** In which a provider differs from the standards, or goes beyond them. The presets know it of many. */
export interface ProviderQuirks {
  /**
   * Where the metadata are, where that is not below the issuer.
   * @default `/.well-known/openid-configuration` below it
   */
  discoveryUrl?: string
  /** The claim whose value stands for `{tenantid}` in `issuer`, for a provider that has an issuer for each tenant. */
  tenantClaim?: string
  /** What the ID token of a sign-in must say; anybody else is refused. @default nothing */
  claims?: Readonly<Record<string, ClaimDemand>>
  /** How a logout goes on at a provider that does it in another way than RP-Initiated Logout says. */
  endSession?: {
    /** @default `end_session_endpoint` of the metadata */
    endpoint?: string
    /**
     * The parameter that says where to go on. With another one no ID token is sent.
     * @default 'post_logout_redirect_uri'
     */
    redirectParameter?: string
  }
  /** Pages beside the sign-in: one to edit one's profile, and one for whoever forgot the password. */
  flows?: Readonly<Partial<Record<FlowName, FurtherFlow>>>
  /** Words with which `error_description` begins where the answer is no failure. */
  answerCodes?: {
    /** The person turned back. */
    cancelled?: string
    /** The person asked for a new password: `flows.resetPassword` follows. */
    passwordForgotten?: string
  }
}

/** A further flow, made strict. */
export interface FlowSettings {
  readonly discoveryUrl: string
  readonly issuer: string
  readonly claims: ClaimDemands
}

export type ClaimDemands = Readonly<Record<string, readonly string[] | true>>

/** The same, made strict. */
export interface QuirkSettings {
  readonly discoveryUrl: string | undefined
  readonly tenantClaim: string | undefined
  readonly claims: ClaimDemands
  readonly endSession: { readonly endpoint: string | undefined, readonly redirectParameter: string }
  readonly flows: Readonly<Partial<Record<FlowName, FlowSettings>>>
  readonly answerCodes: { readonly cancelled: string | undefined, readonly passwordForgotten: string | undefined }
}

export const KNOWN_QUIRKS: readonly (keyof ProviderQuirks)[] = [
  'discoveryUrl', 'tenantClaim', 'claims', 'endSession', 'flows', 'answerCodes'
]
/** The parameter of RP-Initiated Logout, section 2. */
export const POST_LOGOUT = 'post_logout_redirect_uri'
const FLOWS: readonly FlowName[] = ['editProfile', 'resetPassword']

function resolveAddress (value: unknown, isPlainHttp: boolean, option: string): string {
  if (typeof value === 'string' && isAcceptableAddress(value, isPlainHttp)) return value
  refuse(option, 'must be an address that begins with https://.')
}

function resolveClaims (value: unknown, option: string): ClaimDemands {
  assertObject(value, option)
  const entries = Object.entries(value).map(([name, demand]) => {
    if (demand === true) return [name, demand] as const
    const texts = typeof demand === 'string' ? [demand] : demand
    assertTexts(texts, `${option}.${name}`)
    if (texts.length === 0) refuse(`${option}.${name}`, 'is an empty list, which nobody fulfils. Leave it out, or write what it may be.')
    return [name, Object.freeze([...texts])] as const
  })
  return Object.freeze(Object.fromEntries(entries))
}

function resolveEndSession (value: unknown, isPlainHttp: boolean): QuirkSettings['endSession'] {
  assertObject(value, 'oidc.endSession')
  assertKnownKeys(value, ['endpoint', 'redirectParameter'], 'oidc.endSession')
  const { endpoint, redirectParameter = POST_LOGOUT } = value
  assertText(redirectParameter, 'oidc.endSession.redirectParameter')
  return Object.freeze({
    endpoint: endpoint === undefined ? undefined : resolveAddress(endpoint, isPlainHttp, 'oidc.endSession.endpoint'),
    redirectParameter
  })
}

function resolveFlow (value: unknown, issuer: string, isPlainHttp: boolean, option: string): FlowSettings {
  assertObject(value, option)
  assertKnownKeys(value, ['discoveryUrl', 'issuer', 'claims'], option)
  const { discoveryUrl, issuer: own = issuer, claims = {} } = value
  assertText(own, `${option}.issuer`)
  return Object.freeze({
    discoveryUrl: resolveAddress(discoveryUrl, isPlainHttp, `${option}.discoveryUrl`),
    issuer: own,
    claims: resolveClaims(claims, `${option}.claims`)
  })
}

function resolveFlows (value: unknown, issuer: string, isPlainHttp: boolean): QuirkSettings['flows'] {
  assertObject(value, 'oidc.flows')
  assertKnownKeys(value, FLOWS, 'oidc.flows')
  const entries = Object.entries(value).filter(([, flow]) => flow !== undefined)
    .map(([name, flow]) => [name, resolveFlow(flow, issuer, isPlainHttp, `oidc.flows.${name}`)])
  return Object.freeze(Object.fromEntries(entries))
}

function resolveAnswerCodes (value: unknown, hasReset: boolean): QuirkSettings['answerCodes'] {
  assertObject(value, 'oidc.answerCodes')
  assertKnownKeys(value, ['cancelled', 'passwordForgotten'], 'oidc.answerCodes')
  const { cancelled, passwordForgotten } = value
  if (cancelled !== undefined) assertText(cancelled, 'oidc.answerCodes.cancelled')
  if (passwordForgotten === undefined) return Object.freeze({ cancelled, passwordForgotten })
  assertText(passwordForgotten, 'oidc.answerCodes.passwordForgotten')
  if (!hasReset) refuse('oidc.answerCodes.passwordForgotten', 'leads to "oidc.flows.resetPassword", which is missing.')
  return Object.freeze({ cancelled, passwordForgotten })
}

function resolveTenantClaim (claim: unknown, issuer: string): string | undefined {
  if (claim !== undefined) assertText(claim, 'oidc.tenantClaim')
  if (isOfAnyTenant(issuer) && claim === undefined) {
    refuse('oidc.tenantClaim', 'is missing, but "oidc.issuer" has {tenantid}. Write the claim that names the tenant, as "tid".')
  }
  if (!isOfAnyTenant(issuer) && claim !== undefined) refuse('oidc.tenantClaim', 'has no meaning where "oidc.issuer" has no {tenantid}.')
  return claim
}

/** @param options with `metadata`, which take the place of `discoveryUrl` */
export function resolveQuirks (
  options: ProviderQuirks & { readonly metadata?: unknown }, issuer: string, isPlainHttp: boolean
): QuirkSettings {
  const { discoveryUrl, tenantClaim, claims = {}, endSession = {}, flows = {}, answerCodes = {} } = options
  if (isOfAnyTenant(issuer) && discoveryUrl === undefined && options.metadata === undefined) {
    refuse('oidc.discoveryUrl', 'is missing, but "oidc.issuer" has {tenantid}, below which nothing lies. Write the address of the metadata.')
  }
  const resolved = resolveFlows(flows, issuer, isPlainHttp)
  return {
    discoveryUrl: discoveryUrl === undefined ? undefined : resolveAddress(discoveryUrl, isPlainHttp, 'oidc.discoveryUrl'),
    tenantClaim: resolveTenantClaim(tenantClaim, issuer),
    claims: resolveClaims(claims, 'oidc.claims'),
    endSession: resolveEndSession(endSession, isPlainHttp),
    flows: resolved,
    answerCodes: resolveAnswerCodes(answerCodes, resolved.resetPassword !== undefined)
  }
}
