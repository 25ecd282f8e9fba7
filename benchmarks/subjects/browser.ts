/** What a browser sends next: the cookies that answers have set, as one header. */
export function cookieHeader (...answers: readonly Response[]): string {
  const cookies = new Map<string, string>()
  for (const line of answers.flatMap(answer => answer.headers.getSetCookie())) {
    const [pair = ''] = line.split(';', 1)
    cookies.set(pair.slice(0, pair.indexOf('=')), pair)
  }
  return [...cookies.values()].join('; ')
}
