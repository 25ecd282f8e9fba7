/**
 * Starts an application in plain JavaScript, without anything that the benchmarks themselves load, and prints the
 * microseconds of CPU that this took: `node start.js ours`.
 */
const before = process.cpuUsage()
const { default: Fastify } = await import('fastify')
const app = Fastify()

const plugins = {
  async bare () {},
  async ours () {
    const { default: authPlugin } = await import('../../dist/index.js')
    await app.register(authPlugin, { secret: 'the benchmarks keep no secret: 0123456789' })
  },
  async secureSession () {
    const { default: secureSession } = await import('@fastify/secure-session')
    await app.register(secureSession, { key: Buffer.alloc(32, 'k') })
  }
}

await plugins[process.argv[2]]()
await app.listen({ port: 0, host: '127.0.0.1' })
const { user, system } = process.cpuUsage(before)
console.log(user + system)
await app.close()
