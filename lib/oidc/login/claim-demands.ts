import { UserRefused } from '../../errors.ts'
import type { ClaimDemands } from '../../options/provider-quirks.ts'
import type { IdToken } from '../provider/id-token.ts'

/** Whether a claim is, or has as one of its entries, one of these texts; `true` for any that is there. */
function fulfils (claim: unknown, demand: readonly string[] | true): boolean {
  if (demand === true) return claim !== undefined && claim !== null && claim !== '' && claim !== false
  return [claim].flat().some(value => typeof value === 'string' && demand.includes(value))
}

/**
 * What is configured of an ID token must be what it says: of which tenant, of which domain somebody is.
 *
 * @throws UserRefused
 */
export function assertClaimDemands (claims: IdToken, demands: ClaimDemands): void {
  for (const [name, demand] of Object.entries(demands)) {
    if (Object.hasOwn(claims, name) && fulfils(claims[name], demand)) continue
    throw new UserRefused({ cause: new Error(`the claim ${name} is ${JSON.stringify(claims[name])}`) })
  }
}
