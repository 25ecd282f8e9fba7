import { isSamePerson, type Session, type SessionStart } from '../session/session.ts'
import type { SignIn } from './realm-parts.ts'

/** The login of a request, as far as it takes to sign somebody in. */
interface Login {
  session (): Promise<Session | undefined>
  login (start: SessionStart): Promise<Session>
}

/** Signs a person in. What the same person had of a provider before goes on: its tokens, and the end that it stated. */
export async function loginWithTokens (
  login: Login, tokens: SignIn['tokens'] | undefined, start: SessionStart
): Promise<void> {
  const before = start.identity === undefined ? undefined : await login.session()
  if (before === undefined || !isSamePerson(before, start)) {
    await login.login(start)
    return
  }
  const kept = await tokens?.find(before.handle)
  const session = await login.login({ ...start, endsBy: before.endsBy })
  if (kept !== undefined) await tokens?.keep(session, { ...kept.grant, isClaimed: true })
}
