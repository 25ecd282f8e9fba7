import type { OidcOptions } from '../../options/auth-options.ts'
import { assertOneOf } from '../../options/check.ts'
import type { FurtherFlow } from '../../options/provider-quirks.ts'
import { assertHost, assertTenantId, assertWord, frozen, type PresetOptions } from './words.ts'

/** What is said of an application in a tenant of Azure AD B2C. */
export interface B2cOptions extends PresetOptions {
  /** Name of the tenant, the part before `.onmicrosoft.com`. */
  tenant: string
  /** Id of the tenant. @default what the metadata say */
  tenantId?: string
  /** The user flow or custom policy to sign up and in, spelt as in the portal, as `B2C_1_signupsignin`. */
  signUpSignIn: string
  /** The one to edit a profile: `editProfileUrl` leads there. @default none */
  editProfile?: string
  /** The one for a forgotten password, where sign-in has only a link for it. @default none */
  resetPassword?: string
  /** The host that people see in place of `TENANT.b2clogin.com`, as `login.example.com`. */
  customDomain?: string
  /** The claim that names the policy, as the user flow is configured; false where none does. @default 'tfp' */
  policyClaim?: 'tfp' | 'acr' | false
  /** The format of the issuer, as the user flow is configured: with the policy in it, or without. @default 'tenant' */
  issuerFormat?: 'tenant' | 'tfp'
}

/** What is the same for all policies of a tenant. */
interface Tenant {
  readonly host: string
  readonly path: string
  readonly id: string
  readonly policyClaim: 'tfp' | 'acr' | false
  readonly isTfp: boolean
}

/** One policy: its metadata, its issuer, and the claim by which its tokens are known. */
function policyFlow ({ host, path, id, policyClaim, isTfp }: Tenant, policy: string): FurtherFlow & { issuer: string } {
  const issuer = isTfp ? `https://${host}/tfp/${id}/${policy.toLowerCase()}/v2.0/` : `https://${host}/${id}/v2.0/`
  return {
    discoveryUrl: `https://${host}/${path}/${policy}/v2.0/.well-known/openid-configuration`,
    issuer,
    // Names of policies are without case in addresses, and tokens have come with either spelling.
    ...policyClaim === false ? {} : { claims: { [policyClaim]: [policy, policy.toLowerCase()] } }
  }
}

/** What the codes that begin `error_description` mean (Azure AD B2C, error code reference). */
const ANSWER_CODES = Object.freeze({ cancelled: 'AADB2C90091', passwordForgotten: 'AADB2C90118' })

function assertNames (said: B2cOptions): void {
  const { tenant, tenantId, customDomain, signUpSignIn, editProfile, resetPassword, ...more } = said
  assertWord(tenant, 'b2c.tenant')
  assertWord(signUpSignIn, 'b2c.signUpSignIn')
  if (tenantId !== undefined) assertTenantId(tenantId, 'b2c.tenantId')
  if (customDomain !== undefined) assertHost(customDomain, 'b2c.customDomain')
  if (editProfile !== undefined) assertWord(editProfile, 'b2c.editProfile')
  if (resetPassword !== undefined) assertWord(resetPassword, 'b2c.resetPassword')
  assertOneOf(more.policyClaim ?? 'tfp', ['tfp', 'acr', false], 'b2c.policyClaim')
  assertOneOf(more.issuerFormat ?? 'tenant', ['tenant', 'tfp'], 'b2c.issuerFormat')
}

/**
 * Options for Azure AD B2C. Each user flow has metadata, keys and endpoints of its own, which lie elsewhere than below
 * the issuer; the ID token names the flow in `tfp`, or in `acr`, and must name the one that was asked for.
 *
 * B2C gives an access token only where a scope of an API is asked for, or the id of the client itself, which is the
 * default here. It has neither userinfo nor `iss` in its answers, nor a revocation endpoint.
 *
 * @throws ConfigurationError
 * @example b2c({ tenant: 'contoso', signUpSignIn: 'B2C_1_signupsignin', clientId: '…', clientSecret })
 */
export function b2c (said: B2cOptions): Readonly<OidcOptions> {
  assertNames(said)
  const {
    tenant, tenantId, signUpSignIn, editProfile, resetPassword, customDomain, policyClaim = 'tfp', issuerFormat,
    claims, ...options
  } = said
  const ground: Tenant = {
    host: customDomain ?? `${tenant}.b2clogin.com`,
    path: tenantId ?? `${tenant}.onmicrosoft.com`,
    id: tenantId?.toLowerCase() ?? '{tenantid}',
    policyClaim,
    isTfp: issuerFormat === 'tfp'
  }
  const signIn = policyFlow(ground, signUpSignIn)
  return frozen({
    scopes: [options.clientId],
    ...tenantId === undefined && options.issuer === undefined ? { tenantClaim: 'tid' } : {},
    flows: {
      ...editProfile === undefined ? {} : { editProfile: policyFlow(ground, editProfile) },
      ...resetPassword === undefined ? {} : { resetPassword: policyFlow(ground, resetPassword) }
    },
    answerCodes: {
      cancelled: ANSWER_CODES.cancelled,
      ...resetPassword === undefined ? {} : { passwordForgotten: ANSWER_CODES.passwordForgotten }
    },
    ...signIn,
    ...options,
    claims: { ...signIn.claims, ...claims }
  })
}
