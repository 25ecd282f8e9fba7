import { cookieHeader } from './browser.ts'
import type { SignedInHeaders } from './subject.ts'

/** Signs people in one after another by `POST /login/:index`, as a browser does, and keeps the cookies they get. */
export async function logIn (port: number, people: number): Promise<readonly SignedInHeaders[]> {
  const headers: SignedInHeaders[] = []
  for (let index = 0; index < people; index++) {
    const answer = await fetch(`http://127.0.0.1:${port}/login/${index}`, { method: 'POST' })
    if (!answer.ok) throw new Error(`signing in was answered with ${answer.status}: ${await answer.text()}`)
    headers.push({ cookie: cookieHeader(answer) })
  }
  return headers
}
