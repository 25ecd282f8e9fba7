import { createHash } from 'node:crypto'
import { test } from 'tap'
import { type DeviceSignIn, devicePage, nearlyPage } from '../../lib/pages/device-page.ts'
import { qrCode } from '../../lib/pages/qr-code.ts'
import { harmless, hostile, tagsOf } from './_hostile.ts'

const signIn: DeviceSignIn = {
  userCode: 'BDFH-KLMN',
  verificationUri: 'https://id.example.com/go',
  verificationUriComplete: 'https://id.example.com/go?user_code=BDFH-KLMN',
  pageUrl: 'https://app.example.com/auth/device-login',
  state: 'sealed.state',
  wait: 5,
  life: 300
}

const scriptOf = (body: string): string => /<script>([^]*)<\/script>/.exec(body)?.[1] ?? ''

const namesOf = (body: string): readonly string[] =>
  tagsOf(body.replace(scriptOf(body), '')).map(tag => String(tag.split(/[\s>]/)[0]))

test('the page shows the code, the address to open and a QR code of the address with the code in it', async t => {
  const { body } = devicePage(signIn)
  t.match(body, '<p class="code">BDFH-KLMN</p>')
  t.match(body, '<a href="https://id.example.com/go" target="_blank" rel="noopener noreferrer">https://id.example.com/go</a>')
  t.match(body, qrCode('https://id.example.com/go?user_code=BDFH-KLMN', 'QR code of the address').text)
})

test('without such an address the QR code is of the one to open', async t => {
  const { body } = devicePage({ ...signIn, verificationUriComplete: undefined })
  t.match(body, qrCode('https://id.example.com/go', 'QR code of the address').text)
})

test('it says for how long the code is good', async t => {
  for (const [life, words] of [[600, '10 minutes'], [61, '2 minutes'], [60, 'one minute'], [1, 'one minute'], [-1, 'one minute']] as const) {
    t.match(devicePage({ ...signIn, life }).body, `good for ${words}.`)
  }
})

test('without scripts the page loads itself, has a link for who does not wait, and a button that cancels', async t => {
  const { body } = devicePage({ ...signIn, wait: 7 })
  t.match(body, '<noscript><meta http-equiv="refresh" content="7; url=https://app.example.com/auth/device-login?state=sealed.state"></noscript>')
  t.match(body, '<a class="button" href="https://app.example.com/auth/device-login?state=sealed.state">I have done it</a>')
  t.match(body, /<form method="post" action="https:\/\/app\.example\.com\/auth\/device-login"/)
  t.match(body, '<input type="hidden" name="state" value="sealed.state">')
  t.match(body, '<button class="button quiet" name="action" value="cancel">Cancel</button>')
})

test('the one script that it may run is the one it has, which talks to this site alone', async t => {
  const { body, headers } = devicePage(signIn)
  const script = scriptOf(body)
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = String(headers['content-security-policy'])
  t.match(policy, `script-src 'sha256-${hash}'; connect-src 'self'`)
  t.match(policy, /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; frame-ancestors 'none'; script-src/)
  const other = devicePage({ ...signIn, userCode: 'other', state: 'other', wait: 9 })
  t.equal(scriptOf(other.body), script, 'nothing of a sign-in is in it')
})

test('whatever the provider writes stays text', async t => {
  const { body } = devicePage({
    ...signIn, userCode: hostile, verificationUri: hostile, verificationUriComplete: hostile, state: hostile
  })
  t.same(namesOf(body), namesOf(devicePage(signIn).body))
  t.match(body, `<p class="code">${harmless}</p>`)
})

test('who comes too early to a session of another tab is taken on in a moment', async t => {
  const { body, headers } = nearlyPage('https://app.example.com/auth/device-login?state=a')
  t.match(body, '<meta http-equiv="refresh" content="2; url=https://app.example.com/auth/device-login?state=a">')
  t.match(body, '<a class="button" href="https://app.example.com/auth/device-login?state=a">Continue</a>')
  t.notMatch(headers['content-security-policy'], 'script-src')
})
