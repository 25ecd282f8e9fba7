import { test } from 'tap'
import type { IdToken } from '../../../lib/oidc/provider/id-token.ts'
import { loginMark, logoutMarks, subjectMark } from '../../../lib/oidc/logout/logout-marks.ts'

const context = { issuer: 'https://id.example', clientId: 'web' }
const idToken = (claims: object): IdToken => ({ iss: context.issuer, sub: 'alice', iat: 7, ...claims })

test('a session has the marks of what its ID token says', async t => {
  t.same(logoutMarks(context, idToken({ sid: 's' })), {
    login: loginMark(context, 's'), subject: subjectMark(context, 'alice'), issuedAt: 7
  })
  t.equal(logoutMarks(context, { iss: context.issuer, sub: 'alice' }).issuedAt, 0)
})

test('a sid that is none marks nothing', async t => {
  for (const sid of [undefined, null, '', 7, ['s'], {}]) t.equal(logoutMarks(context, idToken({ sid })).login, undefined)
})

test('marks tell providers, clients, sessions and people apart, and do not show them', async t => {
  const marks = [
    loginMark(context, 'a'), loginMark(context, 'b'), subjectMark(context, 'a'), subjectMark(context, 'b'),
    loginMark({ ...context, clientId: 'other' }, 'a'), loginMark({ ...context, issuer: 'https://id.example/' }, 'a'),
    subjectMark({ ...context, clientId: 'other' }, 'a'), subjectMark({ ...context, issuer: 'https://id.example/' }, 'a')
  ]
  t.equal(new Set(marks).size, marks.length)
  for (const mark of marks) t.match(mark, /^[\w-]{22}$/)
})
