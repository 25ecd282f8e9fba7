/** Set where programs run that nobody watches: Slurm, PBS, LSF, Grid Engine, Kubernetes, and most build servers. */
const BATCH = ['SLURM_JOB_ID', 'PBS_JOBID', 'LSB_JOBID', 'SGE_TASK_ID', 'KUBERNETES_SERVICE_HOST', 'CI']
const NO: ReadonlySet<string | undefined> = new Set([undefined, '', '0', 'false'])

/** What tells whether somebody watches; `process` is one. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: { readonly isTTY?: boolean }
  readonly stderr: { readonly isTTY?: boolean }
}

/** Whether a person can be asked: there is a terminal, and this is no batch job. */
export function isInteractive ({ env, stdin, stderr }: Surroundings): boolean {
  return stdin.isTTY === true && stderr.isTTY === true && BATCH.every(name => NO.has(env[name]))
}
