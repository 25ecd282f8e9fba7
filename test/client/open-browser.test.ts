import { existsSync } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'tap'
import { openBrowser } from '../../lib/client/open-browser.ts'

const ADDRESS = 'https://app.example.com/authorize?a=1&b=$(touch%20x);c'

for (const [platform, name, before] of [
  ['linux', 'xdg-open', ''], ['darwin', 'open', ''], ['win32', 'rundll32.exe', 'url.dll,FileProtocolHandler\n']
] as const) {
  test(`on ${platform} the address is one argument of a program, and no shell sees it`, async t => {
    const folder = t.testdir()
    const program = join(folder, name)
    await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder}/draft\nmv ${folder}/draft ${folder}/args\n`)
    await chmod(program, 0o700)
    t.equal(await openBrowser(ADDRESS, { platform, env: { PATH: `${folder}:/usr/bin:/bin`, DISPLAY: ':0' } }), true)
    while (!existsSync(join(folder, 'args'))) await pause(10)
    t.equal(await readFile(join(folder, 'args'), 'utf8'), `${before}${ADDRESS}\n`)
  })
}

test('the secret of the program is not for the browser', async t => {
  const folder = t.testdir()
  await writeFile(join(folder, 'xdg-open'), `#!/bin/sh\nenv > ${folder}/draft\nmv ${folder}/draft ${folder}/env\n`)
  await chmod(join(folder, 'xdg-open'), 0o700)
  const env = { PATH: `${folder}:/usr/bin:/bin`, DISPLAY: ':0', FASTIFY_LOGIN_CLIENT_SECRET: 's3cr3t' }
  t.equal(await openBrowser(ADDRESS, { platform: 'linux', env }), true)
  while (!existsSync(join(folder, 'env'))) await pause(10)
  const seen = await readFile(join(folder, 'env'), 'utf8')
  t.match(seen, 'DISPLAY=:0')
  t.notMatch(seen, 's3cr3t')
})

test('without a screen, or without a program for it, nothing is opened', async t => {
  t.equal(await openBrowser(ADDRESS, { platform: 'linux', env: { PATH: '/usr/bin' } }), false)
  t.equal(await openBrowser(ADDRESS, { platform: 'linux', env: { PATH: t.testdir(), BROWSER: 'firefox' } }), false)
})
