import { test } from 'tap'
import { AuthUser, type LoginOptions } from '../../lib/index.ts'
import { Jar, setCookiesOf } from '../_jar.ts'
import { createApp, signedIn } from './_app.ts'

const wrong: ReadonlyArray<readonly [title: string, user: unknown, options: unknown, message: RegExp]> = [
  ['a number', 2, {}, /Write String\(id\) for a number/],
  ['an empty text', '', {}, /a text that is not empty/],
  ['an object', { id: '2' }, {}, /or an AuthUser/],
  ['null', null, {}, /or an AuthUser/],
  ['undefined', undefined, {}, /or an AuthUser/],
  ['an AuthUser with a number', new AuthUser(2 as unknown as string), {}, /Write String\(id\) for a number/],
  ['an AuthUser with an empty id', new AuthUser(''), {}, /a text that is not empty/],
  ['an unknown option', 'ada', { rememberMe: true }, /no option "rememberMe"/],
  ['options that are no object', 'ada', true, /takes its options as an object/],
  ['null for its options', 'ada', null, /takes its options as an object/],
  ['remember that is no boolean', 'ada', { remember: 'on' }, /"remember" of loginUser must be true or false/],
  ['fresh that is no boolean', 'ada', { fresh: 1 }, /"fresh" of loginUser must be true or false/],
  ['a ttl of 0', 'ada', { ttl: 0 }, /"ttl" of loginUser must be a whole number/],
  ['a negative ttl', 'ada', { ttl: -1 }, /"ttl" of loginUser must be a whole number/],
  ['a broken ttl', 'ada', { ttl: 1.5 }, /"ttl" of loginUser must be a whole number/],
  ['an endless ttl', 'ada', { ttl: Infinity }, /"ttl" of loginUser must be a whole number/],
  ['a ttl that is no number', 'ada', { ttl: '60' }, /"ttl" of loginUser must be a whole number/]
]

for (const [title, user, options, message] of wrong) {
  test(`loginUser refuses ${title}, and nothing has changed`, async t => {
    const app = await createApp(t)
    app.get('/', async request => {
      await t.rejects(request.loginUser(user as string, options as LoginOptions), {
        code: 'FST_LOGIN_ARGUMENT_INVALID', statusCode: 500, message
      })
      return request.currentUser
    })
    const ada = await signedIn(app, 'ada')

    const response = await app.inject({ url: '/', ...ada })
    t.match(response.json(), { id: 'ada' })
    t.same(setCookiesOf(response), [])
  })
}

class Employee extends AuthUser {
  readonly department = 'research'
}

test('loginUser takes an instance of a class that extends AuthUser', async t => {
  const app = await createApp(t)
  app.get('/login', async request => { await request.loginUser(new Employee('ada', { claims: { name: 'Ada' } })) })
  app.get('/who', async request => request.currentUser)

  const { headers } = new Jar().take(await app.inject('/login'))
  t.match((await app.inject({ url: '/who', headers })).json(), { id: 'ada', claims: { name: 'Ada' } })
})

test('loginUser takes everything about an AuthUser that a session keeps', async t => {
  const app = await createApp(t)
  const details = {
    identity: { issuer: 'https://id.example', subject: 's', provider: 'main' },
    claims: { name: 'Ada' },
    userinfo: { picture: 'x' },
    scopes: ['mail.read']
  }
  app.get('/login', async request => { await request.loginUser(new AuthUser('ada', details), { remember: true, ttl: 60 }) })
  app.get('/who', async ({ currentUser }) => ({ ...currentUser }))

  const { headers } = new Jar().take(await app.inject('/login'))
  t.match((await app.inject({ url: '/who', headers })).json(), { id: 'ada', ...details, isRemembered: true, isFresh: true })
})

test('loginUser takes options that are undefined', async t => {
  const app = await createApp(t)
  app.get('/login', async request => { await request.loginUser('ada', undefined) })

  t.equal(setCookiesOf(await app.inject('/login')).length, 1)
})
