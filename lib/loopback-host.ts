const loopbackHost = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** Whether a host of a URL is this machine itself. */
export function isLoopbackHost (hostname: string): boolean {
  return loopbackHost.test(hostname)
}
