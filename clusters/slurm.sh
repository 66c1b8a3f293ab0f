#!/bin/bash
# A sweep on a Slurm cluster, as one job of several nodes: docs/clusters/slurm.md.
#
#   odyssey doctor clusters/slurm.sh
#   sbatch clusters/slurm.sh sweep.yaml
#   odyssey status --runs /shared/runs
#
# Lines marked CHANGE hold something of yours. Delete the mark when the value is right: doctor lists the marks left.
#SBATCH --job-name=odyssey
#SBATCH --nodes=3
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --gpus-per-node=1
#SBATCH --time=12:00:00
#SBATCH --exclusive
#SBATCH --output=%x-%j.out
# One task a node: each is a Ray. --exclusive: each ends with `ray stop`, which ends every Ray of this account on the node.
set -euo pipefail
sweep=${1:?sbatch clusters/slurm.sh SWEEP}
runs=/shared/runs                                # CHANGE: a folder that all nodes see
source "$HOME/odyssey/.venv/bin/activate"        # CHANGE: a folder that all nodes see, with Odyssey's checkout
cd "$HOME/odyssey"                               # CHANGE, as above: trials find code of your own where this is

# A token for this job alone; srun hands it on to every node as part of the environment, never on a command line.
RAY_AUTH_TOKEN=$(python -c 'import secrets; print(secrets.token_hex(32))')
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN

# This script runs on the first node, which is the head: its first address that is not loopback, and a port of the job's
# own, so that two jobs never meet.
address=$(hostname -I | awk '{print $1}')        # CHANGE if nodes reach one another on another network
port=$((20000 + SLURM_JOB_ID % 20000))

export RAY_SYMMETRIC_RUN_CLUSTER_WAIT_TIMEOUT=180 # s for all nodes to start; Ray's 30 are few where disks are shared
export RAY_gcs_rpc_server_reconnect_timeout_s=30  # s until workers leave when the head is done; with fewer the job fails

# The budget ends before the job's --time does: the sweep then ends by itself, and `odyssey resume` goes on with it.
srun --ntasks-per-node=1 ray symmetric-run --address "$address:$port" --min-nodes "$SLURM_JOB_NUM_NODES" \
    --num-cpus="$SLURM_CPUS_PER_TASK" --num-gpus="${SLURM_GPUS_ON_NODE:-0}" --disable-usage-stats -- \
    python -m sweeps run "$sweep" --address "$address:$port" --plain --runs "$runs" \
    --name "slurm-$SLURM_JOB_ID" --set budget.time=11h
