interface Teardown { teardown (handler: () => void): unknown }

/** Sets a variable of the environment until the end of the test. */
export function setVariable (t: Teardown, name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  t.teardown(() => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })
}
