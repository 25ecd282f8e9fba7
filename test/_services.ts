import { existsSync, readdirSync } from 'node:fs'

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

/** Folder of Debian's newest PostgreSQL, or the one that `POSTGRES_BIN` names; undefined where there is none. */
export function postgresFolder (): string | undefined {
  const base = '/usr/lib/postgresql'
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : []
  return [process.env['POSTGRES_BIN'], ...versions.map(version => `${base}/${version}/bin`)]
    .find(folder => folder && existsSync(`${folder}/initdb`))
}

/** As {@link needsChromium}, for PostgreSQL. */
export function needsPostgres (): { skip: string | false } {
  return {
    skip: postgresFolder() === undefined &&
      'needs PostgreSQL: install the package postgresql, or set POSTGRES_BIN to the folder of initdb and postgres'
  }
}

/** Debian's MariaDB; undefined where there is none. */
export function mariadbPaths (): { readonly server: string, readonly install: string } | undefined {
  const server = [process.env['MARIADBD_PATH'], '/usr/sbin/mariadbd'].find(path => path && existsSync(path))
  const install = '/usr/bin/mariadb-install-db'
  return server !== undefined && existsSync(install) ? { server, install } : undefined
}

/** As {@link needsChromium}, for MariaDB. */
export function needsMariadb (): { skip: string | false } {
  return {
    skip: mariadbPaths() === undefined &&
      'needs MariaDB: install the package mariadb-server, or set MARIADBD_PATH'
  }
}

/** Whether no test has to be skipped. */
export function hasAllServices (): boolean {
  return [chromiumPath(), redisServerPath(), postgresFolder(), mariadbPaths()].every(service => service !== undefined)
}
