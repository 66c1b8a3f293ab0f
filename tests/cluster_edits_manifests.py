"""Wrong edits of cluster files: KubeRay manifests and Slurm scripts."""

from cluster_edit import KUBERAY, SECRET, SLURM, Edit

EDITS = {
    # KubeRay.
    "KubeRay without a token": Edit(
        KUBERAY,
        "    authOptions: {mode: token}",
        "    suspend: false",
        "spec.rayClusterSpec.authOptions",
        "must have authOptions: {mode: token}, got nothing",
    ),
    "KubeRay with authentication off": Edit(
        KUBERAY,
        "{mode: token}",
        "{mode: disabled}",
        "spec.rayClusterSpec.authOptions",
        "must have authOptions: {mode: token}",
    ),
    "KubeRay kind": Edit(KUBERAY, "kind: RayJob", "kind: RayJobs", "kind", "Did you mean 'RayJob'?"),
    "KubeRay misspelt": Edit(
        KUBERAY,
        "shutdownAfterJobFinishes",
        "shutDownAfterJobFinished",
        "spec.shutDownAfterJobFinished",
        "Did you mean 'shutdownAfterJobFinishes'?",
    ),
    "KubeRay number for text": Edit(
        KUBERAY,
        'num-cpus: "0"',
        "num-cpus: 0",
        "spec.rayClusterSpec.headGroupSpec.rayStartParams.num-cpus",
        "must be text, got 0.",
    ),
    "KubeRay open to the world": Edit(
        KUBERAY,
        "serviceType: ClusterIP",
        "serviceType: LoadBalancer",
        "spec.rayClusterSpec.headGroupSpec.serviceType",
        "must be ClusterIP",
    ),
    "KubeRay with an ingress": Edit(
        KUBERAY,
        "serviceType: ClusterIP",
        "enableIngress: true",
        "spec.rayClusterSpec.headGroupSpec.enableIngress",
        "must not be true",
    ),
    "KubeRay with another Ray": Edit(
        KUBERAY, '"2.60.0"', '"2.52.0"', "spec.rayClusterSpec.rayVersion", "must be 2.60.0"
    ),
    "KubeRay never grows": Edit(
        KUBERAY,
        "enableInTreeAutoscaling: true",
        "enableInTreeAutoscaling: false",
        "spec.rayClusterSpec.enableInTreeAutoscaling",
        "must be true where a group starts with no pods",
    ),
    "KubeRay bounds": Edit(
        KUBERAY,
        "minReplicas: 0",
        "minReplicas: 9",
        "spec.rayClusterSpec.workerGroupSpecs.0",
        "must have minReplicas <= replicas <= maxReplicas, got 9, 0, 8.",
    ),
    "KubeRay GPUs not limited": Edit(
        KUBERAY,
        'limits: {cpu: "7", memory: 28Gi, nvidia.com/gpu: "1"}',
        'limits: {cpu: "7", memory: 28Gi}',
        "spec.rayClusterSpec.workerGroupSpecs.0.template.spec.containers.0.resources.limits",
        "must have as many nvidia.com/gpu as requests, 1, got nothing.",
    ),
    "KubeRay runs in a pod": Edit(KUBERAY, " --runs s3://sequences/runs", "", "spec.entrypoint", "must have --runs"),
    "KubeRay starts a second Ray": Edit(KUBERAY, " --address auto", "", "spec.entrypoint", "must have --address auto"),
    "KubeRay head takes trials": Edit(
        KUBERAY,
        'num-cpus: "0"',
        'num-gpus: "0"',
        "spec.rayClusterSpec.headGroupSpec.rayStartParams",
        "should have num-cpus",
        "warning",
    ),
    "KubeRay little shared memory": Edit(
        KUBERAY,
        "mountPath: /dev/shm",
        "mountPath: /data",
        "spec.rayClusterSpec.workerGroupSpecs.0.template.spec.containers.0",
        "/dev/shm",
        "warning",
    ),
    "KubeRay machines stay": Edit(
        KUBERAY,
        "shutdownAfterJobFinishes: true",
        "shutdownAfterJobFinishes: false",
        "spec.shutdownAfterJobFinishes",
        "should be true",
        "warning",
    ),
    "KubeRay kills": Edit(
        KUBERAY,
        "RAY_JOB_STOP_SIGNAL: SIGINT",
        "RAY_JOB_STOP_SIGNAL: SIGKILL",
        "spec.runtimeEnvYAML",
        "should set RAY_JOB_STOP_SIGNAL: SIGINT",
        "warning",
    ),
    # Slurm.
    "Slurm shares nodes": Edit(SLURM, "#SBATCH --exclusive\n", "", "--exclusive", "must be given"),
    "Slurm misspelt": Edit(
        SLURM, "--gpus-per-node=1", "--gpu-per-node=1", "--gpu-per-node", "Did you mean 'gpus-per-node'?"
    ),
    "Slurm two Rays a node": Edit(
        SLURM,
        "#SBATCH --ntasks-per-node=1",
        "#SBATCH --ntasks-per-node=2",
        "--ntasks-per-node",
        "must be 1, a Ray for each node, got 2.",
    ),
    "Slurm without nodes": Edit(SLURM, "#SBATCH --nodes=3\n", "", "--nodes", "must be given, such as 3"),
    "Slurm option too late": Edit(
        SLURM, "set -euo pipefail\n", "set -euo pipefail\n#SBATCH --mem=0\n", "--mem", "Slurm reads no options below it"
    ),
    "Slurm without a token": Edit(SLURM, "RAY_AUTH_MODE=token ", "", "RAY_AUTH_MODE", "must be token"),
    "Slurm with a token in the file": Edit(
        SLURM,
        "RAY_AUTH_TOKEN=$(python -c 'import secrets; print(secrets.token_hex(32))')",
        f"RAY_AUTH_TOKEN={SECRET}",
        "",
        "must not hold a token",
    ),
    "Slurm with no token made": Edit(
        SLURM, "RAY_AUTH_TOKEN=$(", "OTHER=$(", "RAY_AUTH_TOKEN", "must be made for the job"
    ),
    "Slurm with an option of heads": Edit(
        SLURM,
        "--disable-usage-stats --",
        "--include-dashboard=false --",
        "ray symmetric-run",
        "must not have --include-dashboard",
    ),
    "Slurm without a separator": Edit(
        SLURM, "--disable-usage-stats -- \\", "--disable-usage-stats \\", "ray symmetric-run", "must have -- before"
    ),
    "Slurm without symmetric-run": Edit(
        SLURM, "ray symmetric-run", "ray start", "", "must start Ray by `srun … ray symmetric-run"
    ),
    "Slurm that does not wait for its workers": Edit(
        SLURM, "srun --ntasks", "srun --wait=10 --ntasks", "srun", "must not have --wait"
    ),
    "Slurm that leaves too early": Edit(
        SLURM, "timeout_s=30", "timeout_s=10", "RAY_gcs_rpc_server_reconnect_timeout_s", "must be at least 30, got 10"
    ),
    "Slurm without runs": Edit(SLURM, ' --runs "$runs"', "", "sweeps run", "must have --runs"),
    "Slurm on one port": Edit(
        SLURM,
        'symmetric-run --address "$address:$port"',
        "symmetric-run --address $address:6379",
        "--address",
        "should take its port from SLURM_JOB_ID",
        "warning",
    ),
    "Slurm that waits 30 s": Edit(
        SLURM,
        "export RAY_SYMMETRIC_RUN_CLUSTER_WAIT_TIMEOUT=180",
        "export OTHER=180",
        "RAY_SYMMETRIC_RUN_CLUSTER_WAIT_TIMEOUT",
        "should be set",
        "warning",
    ),
    "Slurm that waits for nobody": Edit(
        SLURM, ' --min-nodes "$SLURM_JOB_NUM_NODES"', "", "ray symmetric-run", "should have --min-nodes", "warning"
    ),
    "Slurm without a time": Edit(SLURM, "#SBATCH --time=12:00:00\n", "", "--time", "should be given", "warning"),
    "Slurm with no budget": Edit(
        SLURM, " --set budget.time=11h", "", "budget.time", "should be set below --time", "warning"
    ),
}
