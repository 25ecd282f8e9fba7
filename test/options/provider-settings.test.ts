import { test } from 'tap'
import { oidc, publicUrl, refuses, settingsOf } from './_refusal.ts'

const other = { ...oidc, issuer: 'https://other.example' }

test('the one provider of "oidc" is called so, and several by their names', async t => {
  t.match(settingsOf({ publicUrl, oidc }), { hasNamedProviders: false, providers: [{ name: 'oidc', label: 'oidc' }] })
  t.match(settingsOf({ publicUrl, providers: { work: { ...oidc, label: 'Work & Co' }, home: other } }), {
    hasNamedProviders: true,
    onUnauthorized: 'auto',
    providers: [
      { name: 'work', label: 'Work & Co', issuer: oidc.issuer }, { name: 'home', label: 'home', issuer: other.issuer }
    ]
  })
})

test('the id of a person is the subject, and with names the provider and the subject', async t => {
  const identity = { issuer: oidc.issuer, subject: 'ada', provider: 'work' }
  t.equal(settingsOf({ publicUrl, oidc }).userId(identity, {}), 'ada')
  t.equal(settingsOf({ publicUrl, providers: { work: oidc } }).userId(identity, {}), 'work:ada')
  t.equal(settingsOf({ publicUrl, providers: { work: () => oidc } }).userId(identity, {}), 'work:https://id.example#ada')
  t.equal(settingsOf({ publicUrl, providers: { work: oidc }, userId: () => 'own' }).userId(identity, {}), 'own')
})

test('where anybody of any tenant signs in, the subject alone is nobody', async t => {
  const identity = { issuer: oidc.issuer, subject: 'ada', provider: 'work' }
  t.equal(settingsOf({ publicUrl, oidc }).userId(identity, {}, true), 'https://id.example#ada')
  t.equal(settingsOf({ publicUrl, providers: { work: oidc } }).userId(identity, {}, true), 'work:https://id.example#ada')
  const told: unknown[] = []
  const userId = (...said: unknown[]): string => `own ${told.push(...said)}`
  t.equal(settingsOf({ publicUrl, oidc, userId }).userId(identity, {}, true), 'own 2', 'an own function is told of it by the issuer')
})

test('what is wrong with one of several is said of that one', async t => {
  const said = (name: string, options: unknown) => () => {
    return settingsOf({ publicUrl, providers: { home: other, [name]: options } })
  }
  refuses(t, said('work', { ...oidc, scope: 'x' }), 'providers.work.scope', 'is not an option')
  refuses(t, said('work', { ...oidc, issuer: undefined }), 'providers.work.issuer')
  refuses(t, said('work', 7), 'providers.work', 'must be an object')
  refuses(t, said('work', { ...oidc, label: '' }), 'providers.work.label')
  const posting = { ...oidc, allowHttp: true, responseMode: 'form_post' }
  refuses(t, () => settingsOf({ publicUrl: 'http://app.example', providers: { work: posting } }),
    'providers.work.responseMode', 'Secure')
  for (const name of ['1', 'a/b', 'a b', 'ü', 'x'.repeat(33)]) {
    refuses(t, said(name, oidc), `providers.${name}`, 'at most 32 letters')
  }
})

test('the only provider needs no label', async t => {
  refuses(t, () => settingsOf({ publicUrl, oidc: { ...oidc, label: 'Work' } }), 'oidc.label', 'under "providers"')
})

test('an error that is none of the options goes on as it is', async t => {
  const fault = new TypeError('no option')
  const options = Object.defineProperty({}, 'issuer', { enumerable: true, get () { throw fault } })
  t.throws(() => settingsOf({ publicUrl, providers: { work: options } }), fault)
})

test('several providers stand in "providers" only, and there is one at least', async t => {
  refuses(t, () => settingsOf({ publicUrl, oidc, providers: { work: other } }), 'oidc', 'beside "providers"')
  refuses(t, () => settingsOf({ publicUrl, providers: {} }), 'providers', 'is empty')
  refuses(t, () => settingsOf({ publicUrl, providers: [] }), 'providers', 'must be an object')
  refuses(t, () => settingsOf({ providers: { work: oidc } }), 'publicUrl', 'is missing')
})

test('plain http is allowed where one provider asks for it', async t => {
  const http = { ...oidc, issuer: 'http://id.example', allowHttp: true }
  t.equal(settingsOf({ publicUrl: 'http://app.example', providers: { work: http, home: other } }).providers.length, 2)
})
