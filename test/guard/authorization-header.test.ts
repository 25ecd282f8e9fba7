import type { IncomingMessage } from 'node:http'
import { test } from 'tap'
import { CredentialsAmbiguous } from '../../lib/errors.ts'
import { assertOneHeader, isAmbiguous } from '../../lib/guard/authorization-header.ts'

function requestWith (...rawHeaders: readonly string[]): { readonly raw: IncomingMessage } {
  return { raw: { rawHeaders } as unknown as IncomingMessage }
}

test('one Authorization header, or none, is plain', async t => {
  for (const headers of [[], ['Authorization', 'Bearer x'], ['Host', 'authorization', 'Authorization', 'x']]) {
    t.equal(isAmbiguous(requestWith(...headers)), false)
    t.doesNotThrow(() => { assertOneHeader(requestWith(...headers)) })
  }
})

test('two of them are ambiguous, however they are spelt and whatever they say', async t => {
  for (const [first, second] of [['Basic YTpi', 'Bearer x'], ['Bearer x', 'Bearer x'], ['', 'Bearer x'], ['Negotiate x', 'Digest y']]) {
    const request = requestWith('Authorization', `${first}`, 'Cookie', 'a=b', 'aUTHORIZATION', `${second}`)
    t.equal(isAmbiguous(request), true)
    t.throws(() => { assertOneHeader(request) }, new CredentialsAmbiguous())
  }
})
