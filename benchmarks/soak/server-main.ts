/** The process of the application that lives through a soak. */
import { answerWith } from '../harness/child.ts'
import { usedBytes } from '../harness/used-bytes.ts'
import { startSoaked } from './soaked.ts'

answerWith({
  async start (mode: 'cookie' | 'store') {
    const { port } = await startSoaked(mode)
    return port
  },
  usedBytes
})
