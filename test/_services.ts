import { existsSync } from 'node:fs'

/** Debian's Chromium, or the one that `CHROMIUM_PATH` names; undefined where there is none. */
export function chromiumPath (): string | undefined {
  return [process.env['CHROMIUM_PATH'], '/usr/bin/chromium'].find(path => path && existsSync(path))
}

/**
 * Options of a test that needs Chromium. Where it is missing the test is skipped, and `npm test` says so at its end.
 * A reason that begins with "needs NAME:" is what `test/run.js` takes for a missing service.
 *
 * @example t.test('a strict cookie survives the callback', needsChromium(), async t => { … })
 */
export function needsChromium (): { skip: string | false } {
  return {
    skip: chromiumPath() === undefined &&
      'needs Chromium: install the package chromium, or set CHROMIUM_PATH'
  }
}

/** Debian's Redis server, or the one that `REDIS_SERVER_PATH` names; undefined where there is none. */
export function redisServerPath (): string | undefined {
  return [process.env['REDIS_SERVER_PATH'], '/usr/bin/redis-server'].find(path => path && existsSync(path))
}

/**
 * Options of a test that needs a Redis server.
 *
 * @example t.test('a session outlives a restart', needsRedis(), async t => { … })
 */
export function needsRedis (): { skip: string | false } {
  return {
    skip: redisServerPath() === undefined &&
      'needs Redis: install the package redis-server, or set REDIS_SERVER_PATH'
  }
}
