import { test } from 'tap'
import {
  isBefore, isLoggedOut, isWrittenMarks, loginKey, markKeys, readMarks, subjectKey, writeMarks
} from '../../lib/session/logout-marks.ts'
import type { Entry } from '../../lib/stores/store.ts'

const marks = { login: 'l', subject: 's', issuedAt: 100 }
const entry = (value: string): Entry => ({ value, version: '1', expiresAt: 0 })

test('marks come back as they were written', async t => {
  for (const login of ['l', undefined]) {
    const written = writeMarks({ ...marks, login })
    t.ok(isWrittenMarks(JSON.parse(JSON.stringify(written))))
    t.same(readMarks(written), { ...marks, login })
  }
})

test('what else lies in a store is none', async t => {
  for (const value of [undefined, null, 'x', {}, [], [1], ['1', 's'], [1, 2], [1, 's', 3]]) t.notOk(isWrittenMarks(value))
})

test('a session is asked for by its marks, and one without any asks for nothing', async t => {
  t.same(markKeys(marks), [subjectKey('s'), loginKey('l')])
  t.same(markKeys({ ...marks, login: undefined }), [subjectKey('s')])
  t.same(markKeys(undefined), [])
  t.not(subjectKey('x'), loginKey('x'))
})

test('a login that was ended, or a person after the ID token was made, is logged out', async t => {
  t.equal(isLoggedOut(marks, [undefined, undefined]), false)
  t.equal(isLoggedOut(marks, [undefined, entry('')]), true)
  t.same(['99', '100', '101'].map(value => isLoggedOut(marks, [entry(value)])), [false, true, true])
  t.equal(isLoggedOut(undefined, []), false)
})

test('a time that is none ends what it may', async t => {
  t.equal(isBefore(marks, NaN), true)
  t.equal(isLoggedOut(marks, [entry('soon')]), true)
})
