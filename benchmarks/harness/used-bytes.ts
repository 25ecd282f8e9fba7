/** Bytes that this process holds for its objects and buffers, garbage aside. */
export function usedBytes (): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
