import { parseReturnPath } from '../return-path.ts'

/** Whether a logout may end there: a path of this site, or an address of the web. */
export function isLogoutTarget (target: unknown): target is string {
  if (parseReturnPath(target) !== undefined) return true
  return typeof target === 'string' && /^https?:\/\//.test(target) && URL.canParse(target)
}
