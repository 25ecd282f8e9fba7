import { parseReturnPath } from '../return-path.ts'

/** Characters of an address: sealed it travels in another one, and servers refuse one of more than about 8,000. */
const LONGEST = 2048

/** Whether a logout may end there: a path of this site, or an address of the web. */
export function isLogoutTarget (target: unknown): target is string {
  if (parseReturnPath(target) !== undefined) return true
  if (typeof target !== 'string' || !/^https?:\/\//.test(target) || !URL.canParse(target)) return false
  return new URL(target).href.length <= LONGEST
}
