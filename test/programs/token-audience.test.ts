import { test } from 'tap'
import { audienceIn } from '../../lib/programs/token-audience.ts'
import { refusalOf } from './_bench.ts'

const ALLOWED = ['https://app.example', 'https://mail.example']

test('what is named must all be allowed, in whichever fields and however often', async t => {
  const form = new URLSearchParams([['audience', ALLOWED[0] ?? ''], ['resource', ALLOWED[1] ?? ''], ['resource', ALLOWED[0] ?? '']])
  t.same(audienceIn(form, ['audience', 'resource'], ALLOWED), ALLOWED)
  t.same(audienceIn(form, ['audience'], ALLOWED), ['https://app.example'])
  const refusal = await refusalOf(() => audienceIn(form, ['audience', 'resource'], ['https://app.example']))
  t.match(refusal, { error: 'invalid_target', statusCode: 400 })
})

test('where nothing is named, or in other fields, nothing is meant', async t => {
  t.equal(audienceIn(new URLSearchParams('scope=a'), ['audience', 'resource'], ALLOWED), undefined)
  t.equal(audienceIn(new URLSearchParams('audience=x'), ['resource'], ALLOWED), undefined)
})

test('an address that only looks the same is another one', async t => {
  for (const near of ['https://app.example/', 'HTTPS://app.example', 'https://app.example#x', ' https://app.example']) {
    const form = new URLSearchParams({ resource: near })
    t.equal((await refusalOf(() => audienceIn(form, ['resource'], ALLOWED))).error, 'invalid_target', near)
  }
})
