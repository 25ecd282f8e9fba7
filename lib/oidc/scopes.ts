/** The word of a scope behind the address of its resource: `User.Read` of `https://graph.microsoft.com/User.Read`. */
function bareScope (scope: string): string {
  return scope.slice(scope.lastIndexOf('/') + 1)
}

/**
 * Whether scopes that were granted hold one that is needed. A provider may drop the address of the resource in its
 * answer, and for `/.default` it names whatever the resource has.
 */
function holds (granted: readonly string[], needed: string): boolean {
  if (granted.includes(needed)) return true
  if (!needed.includes('://')) return false
  return needed.endsWith('/.default') ? granted.length > 0 : granted.includes(bareScope(needed))
}

/** The needed scopes that were not granted. Scopes are exact words (RFC 6749, section 3.3). */
export function missingScopes (granted: readonly string[], needed: readonly string[]): readonly string[] {
  return needed.filter(scope => !holds(granted, scope))
}
