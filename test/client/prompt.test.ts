import { test } from 'tap'
import { describePrompt } from '../../lib/client/prompt.ts'

const device = { kind: 'device', verificationUri: 'https://id.example/device', userCode: 'ABCD', expiresAt: 0 } as const

test('a person is told where to enter which code', async t => {
  const text = describePrompt({ ...device, verificationUriComplete: undefined })
  t.match(text, /any device:\n\n {2}https:\/\/id\.example\/device\n\nand enter the code ABCD\n\n$/)
  t.match(describePrompt({ ...device, verificationUriComplete: 'https://id.example/device?c=ABCD' }), 'https://id.example/device?c=ABCD\n')
})

test('a person is told the address, whether or not a browser opens', async t => {
  for (const isOpened of [true, false]) {
    const text = describePrompt({ kind: 'browser', address: 'https://app.example.com/authorize', isOpened })
    t.match(text, '  https://app.example.com/authorize\n')
    t.equal(text.includes('browser that opens'), isOpened)
  }
})
