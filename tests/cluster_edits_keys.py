"""Wrong edits of cluster files: keys, provider and node types of a file of `ray up`."""

from cluster_edit import AWS, GCP, LOCAL, Edit

EDITS = {
    # Keys and types, by Ray's schema.
    "misspelt key": Edit(AWS, "max_workers: 8\nup", "max_worker: 8\nup", "max_worker", "Did you mean 'max_workers'?"),
    "misspelt key of a node type": Edit(
        AWS, "min_workers: 0", "min_worker: 0", "available_node_types.gpu.min_worker", "Did you mean 'min_workers'?"
    ),
    "misspelt key of docker": Edit(
        AWS, "pull_before_run", "pull_before_runs", "docker.pull_before_runs", "Did you mean 'pull_before_run'?"
    ),
    "misspelt key of auth": Edit(AWS, "ssh_user:", "ssh_users:", "auth.ssh_users", "Did you mean 'ssh_user'?"),
    "fractional resources": Edit(
        AWS,
        "resources: {}",
        "resources: {GPU: 0.5}",
        "available_node_types.gpu.resources.GPU",
        "must be a whole number, for a machine has whole ones; shares are for trials",
    ),
    "text for a number": Edit(
        AWS, "max_workers: 8\nup", "max_workers: eight\nup", "max_workers", "must be a whole number, got 'eight'."
    ),
    "a command that is no list": Edit(
        AWS,
        "initialization_commands: []",
        "initialization_commands: echo",
        "initialization_commands",
        "must be a list, got 'echo'.",
    ),
    "negative time": Edit(
        AWS,
        "idle_timeout_minutes: 10",
        "idle_timeout_minutes: -1",
        "idle_timeout_minutes",
        "must be at least 0, got -1.",
    ),
    "no name": Edit(AWS, "cluster_name: odyssey", "", "", "must have cluster_name"),
    "no node_config": Edit(
        GCP,
        "    node_config:\n      machineType: n2-standard-4",
        "    labels:\n      machineType: n2-standard-4",
        "available_node_types.head",
        "must have node_config",
    ),
    "key given twice": Edit(
        AWS, "upscaling_speed: 4.0", "upscaling_speed: 4.0\nmax_workers: 9", "max_workers", "must be given once"
    ),
    "no YAML": Edit(AWS, "provider:\n", "provider: [\n", "", "must be YAML"),
    "a tab": Edit(AWS, "  type: aws", "\ttype: aws", "", "Indent with spaces"),
    # Provider.
    "misspelt provider": Edit(AWS, "type: aws", "type: awss", "provider.type", "Did you mean 'aws'?"),
    "misspelt key of the provider": Edit(
        AWS,
        "cache_stopped_nodes",
        "cache_stoped_nodes",
        "provider.cache_stoped_nodes",
        "Did you mean 'cache_stopped_nodes'?",
    ),
    "no region": Edit(AWS, "  region: us-west-2\n", "", "provider", "must have region"),
    "no project": Edit(GCP, "  project_id: sequences\n", "", "provider", "must have project_id"),
    "stopped machines are kept": Edit(
        AWS,
        "  cache_stopped_nodes: false",
        "  cache_stopped_nodes: true",
        "provider",
        "should have cache_stopped_nodes: false",
        "warning",
    ),
    "no idle time": Edit(AWS, "idle_timeout_minutes: 10\n", "", "idle_timeout_minutes", "should be given", "warning"),
    "an idle time of days": Edit(
        AWS,
        "idle_timeout_minutes: 10\n",
        "idle_timeout_minutes: 6000\n",
        "idle_timeout_minutes",
        "should be 1 to 120, got 6000",
        "warning",
    ),
    # Node types.
    "head type misspelt": Edit(
        AWS,
        "head_node_type: head",
        "head_node_type: haed",
        "head_node_type",
        "must be one of the available_node_types, head, gpu, got 'haed'. Did you mean 'head'?",
    ),
    "more at least than at most": Edit(
        AWS,
        "min_workers: 0",
        "min_workers: 9",
        "available_node_types.gpu.min_workers",
        "must be at most the type's max_workers, 8, got 9.",
    ),
    "more at least than in all": Edit(
        GCP,
        "max_workers: 4\nup",
        "max_workers: 0\nup",
        "available_node_types.gpu.max_workers",
        "must be at most the cluster's max_workers, 0",
        "warning",
    ),
    "types need more than in all": Edit(
        AWS,
        "max_workers: 8\nup",
        "max_workers: 1\nup",
        "max_workers",
        "must be at least the min_workers of all types together, 2, got 1.",
    ),
    "min_workers of the whole": Edit(
        AWS, "max_workers: 8\nup", "max_workers: 8\nmin_workers: 2\nup", "min_workers", "must stand in a node type"
    ),
    "no workers at all": Edit(
        AWS, "    max_workers: 8", "    max_workers: 0", "available_node_types", "must have a type for workers"
    ),
    "head takes trials": Edit(
        AWS,
        'resources: {"CPU": 0}',
        "resources: {}",
        "available_node_types.head.resources",
        'should be {"CPU": 0}, got an empty mapping',
        "warning",
    ),
    "local head takes trials": Edit(
        LOCAL, " --num-cpus=0 --num-gpus=0", "", "head_start_ray_commands.1", "should have --num-cpus=0", "warning"
    ),
    "head is a spot instance": Edit(
        AWS,
        "InstanceType: m6i.xlarge",
        "InstanceType: m6i.xlarge\n      InstanceMarketOptions: {MarketType: spot}",
        "available_node_types.head.node_config.InstanceMarketOptions",
        "with it the cluster is lost",
        "warning",
    ),
}
