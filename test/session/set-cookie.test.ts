import { test } from 'tap'
import { mergeSetCookies } from '../../lib/session/set-cookie.ts'

const ours = [{ name: 'login', line: 'login=new; Path=/' }, { name: 'login.1', line: 'login.1=rest; Path=/' }]
const lines = ours.map(({ line }) => line)

test('our cookies are the only ones of a reply without others', async t => {
  t.same(mergeSetCookies(undefined, ours), lines)
})

test('cookies of the application stay, before ours', async t => {
  t.same(mergeSetCookies('theme=dark', ours), ['theme=dark', ...lines])
  t.same(mergeSetCookies(['a=1', 'b=2'], ours), ['a=1', 'b=2', ...lines])
  t.same(mergeSetCookies(7, ours), ['7', ...lines])
})

test('ours take the place of earlier ones of the same name', async t => {
  t.same(mergeSetCookies(['login=old', 'a=1', 'login.1=old'], ours), ['a=1', ...lines])
})

test('a cookie whose name only begins like ours stays', async t => {
  t.same(mergeSetCookies(['login.2=x', 'login-hint=y', 'loginx=z'], ours), ['login.2=x', 'login-hint=y', 'loginx=z', ...lines])
})

test('writing twice changes nothing', async t => {
  const once = mergeSetCookies(['a=1'], ours)
  t.same(mergeSetCookies(once, ours), once)
})

test('the list that was given is not changed', async t => {
  const given = Object.freeze(['a=1', 'login=old'])
  mergeSetCookies(given, ours)
  t.same(given, ['a=1', 'login=old'])
})
