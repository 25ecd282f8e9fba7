import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import type { LogoutMarks } from '../../lib/logout-marks.ts'
import { generationKey, isHandle, newSessionId, sessionKey, userKeyIn, userKeyOf } from '../../lib/session/handle.ts'
import { markKeys } from '../../lib/session/logout-marks.ts'
import { OpenedCache } from '../../lib/opened-cache.ts'
import { createTicket, openTicket, sealTicket, type Ticket } from '../../lib/session/ticket.ts'
import { vaultOf } from './_session.ts'

function aTicket (marks?: LogoutMarks): Ticket {
  return createTicket({ userKey: userKeyOf('login', 'alice'), sessionId: newSessionId(), key: randomBytes(32), marks })
}

test('a ticket knows what a store is asked for its session, and is not changed any more', t => {
  const marks = { login: 'login', subject: 'subject', issuedAt: 7 }
  const { handle, sessionId, storeKeys } = aTicket(marks)
  t.ok(isHandle(handle))
  t.notMatch(storeKeys.join(), sessionId)
  t.same(storeKeys, [sessionKey('session', handle), generationKey(userKeyIn(handle)), ...markKeys(marks)])
  t.ok(Object.isFrozen(aTicket()) && Object.isFrozen(storeKeys))
  t.end()
})

test('a ticket comes back as it was, and the second time from the cache', async t => {
  const vault = await vaultOf()
  const cache = new OpenedCache<Ticket>()
  const ticket = aTicket()
  const text = sealTicket(vault, ticket)
  const opened = openTicket(vault, cache, text)
  t.same(opened, { ticket, isStale: false })
  t.equal(openTicket(vault, cache, text)?.ticket, opened?.ticket)
})

test('a ticket has the marks by which a provider ends its session', async t => {
  const vault = await vaultOf()
  for (const login of ['login', undefined]) {
    const ticket = aTicket({ login, subject: 'subject', issuedAt: 7 })
    t.same(openTicket(vault, new OpenedCache(), sealTicket(vault, ticket))?.ticket, ticket)
  }
})

test('what was not sealed here, or for something else, is no ticket', async t => {
  const vault = await vaultOf()
  const ticket = aTicket()
  const payload = { v: 1, s: ticket.sessionId, k: ticket.key.toString(), u: 'x' }
  const texts = [
    '', 'x', sealTicket(await vaultOf(), ticket), sealTicket(vault, ticket).slice(1), vault.seal('session', payload),
    vault.seal('ticket', { ...payload, v: 2 }), vault.seal('ticket', {})
  ]
  for (const text of texts) t.equal(openTicket(vault, new OpenedCache(), text), undefined, text)
})

test('a ticket that a previous secret sealed says so each time', async t => {
  const [current, previous] = [randomBytes(32), randomBytes(32)]
  const text = sealTicket(await vaultOf(previous), aTicket())
  const vault = await vaultOf(current, undefined, [previous])
  const cache = new OpenedCache<Ticket>()
  t.equal(openTicket(vault, cache, text)?.isStale, true)
  t.equal(openTicket(vault, cache, text)?.isStale, true)
})
