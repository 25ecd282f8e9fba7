import { test } from 'tap'
import { isInteractive } from '../../lib/client/interactive.ts'

const terminal = { stdin: { isTTY: true }, stderr: { isTTY: true } }

test('a person is at a terminal', async t => {
  t.equal(isInteractive({ env: {}, ...terminal }), true)
  t.equal(isInteractive({ env: {}, stdin: {}, stderr: { isTTY: true } }), false)
  t.equal(isInteractive({ env: {}, stdin: { isTTY: true }, stderr: {} }), false)
})

test('a batch job has nobody, whatever its terminal is', async t => {
  for (const name of ['SLURM_JOB_ID', 'PBS_JOBID', 'LSB_JOBID', 'SGE_TASK_ID', 'KUBERNETES_SERVICE_HOST', 'CI']) {
    t.equal(isInteractive({ env: { [name]: '17' }, ...terminal }), false, name)
  }
  for (const no of ['', '0', 'false']) t.equal(isInteractive({ env: { CI: no }, ...terminal }), true, no)
})
