import type { LogoutMarks } from '../logout-marks.ts'
import type { Entry } from '../stores/store.ts'

/** The form in which marks are kept: short, because they travel with each request. */
export type WrittenMarks = readonly [issuedAt: number, subject: string, login?: string]

export function writeMarks ({ issuedAt, subject, login }: LogoutMarks): WrittenMarks {
  return login === undefined ? [issuedAt, subject] : [issuedAt, subject, login]
}

export function readMarks ([issuedAt, subject, login]: WrittenMarks): LogoutMarks {
  return Object.freeze({ issuedAt, subject, login })
}

export function isWrittenMarks (value: unknown): value is WrittenMarks {
  if (!Array.isArray(value)) return false
  const [issuedAt, subject, login = ''] = value as readonly unknown[]
  return typeof issuedAt === 'number' && typeof subject === 'string' && typeof login === 'string'
}

export function loginKey (mark: string): string {
  return `ended-login:${mark}`
}

export function subjectKey (mark: string): string {
  return `ended-subject:${mark}`
}

/** What a store is asked, beside all else, about a session that came from a provider. */
export function markKeys (marks: LogoutMarks | undefined): readonly string[] {
  if (marks === undefined) return []
  const { subject, login } = marks
  return login === undefined ? [subjectKey(subject)] : [subjectKey(subject), loginKey(login)]
}

/** Whether a person was logged out after this ID token was made. What is no time was not written here: it ends all. */
export function isBefore ({ issuedAt }: LogoutMarks, loggedOutAt: number): boolean {
  return !(issuedAt > loggedOutAt)
}

/**
 * Whether the provider has ended what a session came from.
 *
 * @param entries what a store has under the keys of `markKeys`
 */
export function isLoggedOut (
  marks: LogoutMarks | undefined, [subject, login]: ReadonlyArray<Entry | undefined>
): boolean {
  if (marks === undefined) return false
  return login !== undefined || (subject !== undefined && isBefore(marks, Number(subject.value)))
}
