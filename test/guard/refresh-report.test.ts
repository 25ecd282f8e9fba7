import { test } from 'tap'
import { ProviderAnswerInvalid } from '../../lib/errors.ts'
import type { LoginEventMap } from '../../lib/events.ts'
import { withRefreshReport } from '../../lib/guard/refresh-report.ts'

type Failed = LoginEventMap['refreshFailed']

function failed (reason: Failed['reason']): Failed {
  const cause = { error: 'invalid_grant', error_description: 'a secret' }
  return { sessionHandle: 'a handle', provider: 'id', reason, error: new ProviderAnswerInvalid({ cause }) }
}

test('the log has what the provider calls the error, and nothing that it writes about it', async t => {
  const lines: unknown[] = []
  const log = { info: (line: unknown) => { lines.push(['info', line]) }, warn: (line: unknown) => { lines.push(['warn', line]) } }
  const { refreshFailed } = withRefreshReport({}, log)
  for (const reason of ['refused', 'consentRequired'] as const) refreshFailed?.(failed(reason))
  t.same(lines, [
    ['warn', { provider: 'id', reason: 'refused', providerError: 'invalid_grant' }],
    ['info', { provider: 'id', reason: 'consentRequired', providerError: 'invalid_grant' }]
  ])
})

test('the listeners of the application hear all the same', async t => {
  const heard: unknown[] = []
  const login = (): void => {}
  const refreshFailed = (event: Failed): string => {
    heard.push(event)
    return 'heard'
  }
  const listeners = withRefreshReport({ login, refreshFailed }, { info () {}, warn () {} })
  const event = failed('unavailable')
  t.equal(listeners.refreshFailed?.(event), 'heard')
  t.same(heard, [event])
  t.equal(listeners.login, login)
})
