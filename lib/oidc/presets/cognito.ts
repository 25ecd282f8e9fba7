import type { OidcOptions } from '../../options/auth-options.ts'
import { refuse } from '../../options/check.ts'
import { assertHost, assertWord, frozen, type PresetOptions } from './words.ts'

/** What is said of an app client of Amazon Cognito. */
export interface CognitoOptions extends PresetOptions {
  /** Id of the user pool, as `eu-central-1_AbCdEfGhI`. */
  userPoolId: string
  /** The host of the pool's pages, as `example.auth.eu-central-1.amazoncognito.com`, or its custom domain. */
  domain: string
  /** @default what the id of the user pool begins with */
  region?: string
}

/**
 * Options for Amazon Cognito. The issuer and the keys are at `cognito-idp.REGION.amazonaws.com`, everything else at the
 * domain of the pool.
 *
 * Its logout takes `logout_uri` and no ID token, and sends nothing back. Of the scopes only `email` is asked for unless
 * `scopes` says more: a client that does not allow one of them signs nobody in.
 *
 * @throws ConfigurationError
 * @example cognito({ userPoolId: 'eu-central-1_AbCdEfGhI', domain: 'login.example.com', clientId: '…', clientSecret })
 */
export function cognito ({ userPoolId, domain, region, ...options }: CognitoOptions): Readonly<OidcOptions> {
  assertWord(userPoolId, 'cognito.userPoolId')
  assertHost(domain, 'cognito.domain')
  const [named = '', ...rest] = userPoolId.split('_')
  if (rest.length === 0) refuse('cognito.userPoolId', 'must be the id of a user pool as eu-central-1_AbCdEfGhI.')
  const place = region ?? named
  assertWord(place, 'cognito.region')
  const top = place.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return frozen({
    issuer: `https://cognito-idp.${place}.${top}/${userPoolId}`,
    scopes: ['email'],
    endSession: { endpoint: `https://${domain}/logout`, redirectParameter: 'logout_uri' },
    ...options
  })
}
