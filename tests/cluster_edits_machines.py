"""Wrong edits of cluster files: machines and what runs on them, in a file of `ray up`."""

from cluster_edit import AWS, LOCAL, Edit

EDITS = {
    # Machines on AWS.
    "misspelt key of node_config": Edit(
        AWS,
        "InstanceType: g5.2xlarge",
        "InstanceTyp: g5.2xlarge",
        "available_node_types.gpu.node_config.InstanceTyp",
        "Did you mean 'InstanceType'?",
    ),
    "no instance type": Edit(
        AWS,
        "InstanceType: g5.2xlarge",
        "EbsOptimized: true",
        "available_node_types.gpu.node_config",
        "must have an InstanceType",
    ),
    "misspelt key deep in node_config": Edit(
        AWS,
        "InstanceType: g5.2xlarge",
        "InstanceType: g5.2xlarge\n      Placement: {AvailabiltyZone: us-west-2a}",
        "available_node_types.gpu.node_config.Placement.AvailabiltyZone",
        "Did you mean 'AvailabilityZone'?",
    ),
    "unknown instance type": Edit(
        AWS,
        "g5.2xlarge",
        "g5.2xlrage",
        "available_node_types.gpu.node_config.InstanceType",
        "Did you mean 'g5.2xlarge'?",
    ),
    "unknown market": Edit(
        AWS,
        "MarketType: spot",
        "MarketType: sport",
        "available_node_types.gpu.node_config.InstanceMarketOptions.MarketType",
        "Did you mean 'spot'?",
    ),
    "size as text": Edit(
        AWS,
        "VolumeSize: 150, VolumeType: gp3} # GiB",
        "VolumeSize: 150 GB, VolumeType: gp3}",
        "available_node_types.head.node_config.BlockDeviceMappings.0.Ebs.VolumeSize",
        "must be a whole number, got '150 GB'.",
    ),
    "no image": Edit(
        AWS,
        "      ImageId: ami-0a1b2c3d4e5f60718\n      # Who may do",
        "      # Who may do",
        "available_node_types.head.node_config",
        "must have the ImageId",
    ),
    "an image by its name": Edit(
        AWS,
        "ImageId: ami-0a1b2c3d4e5f60718\n      # Trials",
        "ImageId: ubuntu-22.04\n      # Trials",
        "available_node_types.gpu.node_config.ImageId",
        "got 'ubuntu-22.04'",
    ),
    "placeholder of the image": Edit(
        AWS,
        "ImageId: ami-0a1b2c3d4e5f60718\n      # Trials",
        "ImageId: ami-0123456789abcdef0\n      # Trials",
        "available_node_types.gpu.node_config.ImageId",
        "got the placeholder ami-0123456789abcdef0.",
    ),
    "a group by its name": Edit(
        AWS,
        "[sg-0a1b2c3d4e5f60718]\n      Block",
        "[my-group]\n      Block",
        "available_node_types.head.node_config.SecurityGroupIds.0",
        "must be a group's identifier, sg-…, got 'my-group'.",
    ),
    "workers without a profile": Edit(
        AWS,
        "      IamInstanceProfile: {Name: odyssey-worker}\n",
        "",
        "available_node_types.gpu.node_config",
        "must have an IamInstanceProfile",
    ),
    "head without a profile": Edit(
        AWS,
        "      IamInstanceProfile: {Name: odyssey-head}\n",
        "",
        "available_node_types.head.node_config",
        "iam:PassRole",
        "warning",
    ),
    "credentials for anybody": Edit(
        AWS,
        "gp3} # GiB\n      MetadataOptions: {HttpTokens: required, HttpPutResponseHopLimit: 2}",
        "gp3}",
        "available_node_types.head.node_config",
        "should have MetadataOptions",
        "warning",
    ),
    # Container and versions.
    "no container name": Edit(AWS, "  container_name: odyssey\n", "", "docker", "must have a container_name"),
    "no container image": Edit(AWS, "  image: rayproject/ray:2.60.0-py311-gpu\n", "", "docker", "must have an image"),
    "another Ray": Edit(
        AWS,
        "ray:2.60.0-",
        "ray:2.54.0-",
        "docker.image",
        "must have Ray 2.60.0, as constraints.txt and this machine, got 2.54.0",
    ),
    "another Ray on workers": Edit(
        AWS,
        "  container_name:",
        "  worker_image: rayproject/ray:2.59.1-py311-gpu\n  container_name:",
        "docker.worker_image",
        "got 2.59.1",
    ),
    "an image that moves": Edit(
        AWS, "ray:2.60.0-py311-gpu", "ray:latest", "docker.image", "should name a version that stays", "warning"
    ),
    "an old Python": Edit(AWS, "-py311-gpu", "-py310-gpu", "docker.image", "must have Python 3.11 or newer"),
    "another Ray installed": Edit(
        AWS,
        "head_setup_commands: []",
        'head_setup_commands: ["pip install ray[default]==2.59.0"]',
        "head_setup_commands.0",
        "must install ray==2.60.0",
    ),
    "no set-up": Edit(
        AWS,
        "\nsetup_commands:",
        "\ninitialization_commands:",
        "setup_commands",
        "must install Odyssey's dependencies, got nothing",
    ),
    "versions not locked": Edit(
        AWS,
        "pip install -q -c ~/odyssey/constraints.txt pip",
        "pip install -q pip",
        "setup_commands.1",
        "should install with -c constraints.txt",
        "warning",
    ),
    # Machines of one's own.
    "no addresses": Edit(LOCAL, "  worker_ips: [10.20.30.11, 10.20.30.12]\n", "", "provider", "must have worker_ips"),
    "the head among the workers": Edit(
        LOCAL, "10.20.30.11", "10.20.30.10", "provider.worker_ips", "got 10.20.30.10 the head's"
    ),
    "a worker twice": Edit(LOCAL, "10.20.30.11", "10.20.30.12", "provider.worker_ips", "got 10.20.30.12 2 times"),
    "fewer than listed": Edit(
        LOCAL,
        "max_workers: 2",
        "max_workers: 1",
        "max_workers",
        "should be 2, the number of worker_ips, got 1.",
        "warning",
    ),
    "the newer autoscaler": Edit(
        LOCAL,
        "RAY_UP_enable_autoscaler_v2=0 ray up",
        "ray up",
        "provider.type",
        "must be started with RAY_UP_enable_autoscaler_v2=0",
    ),
    "node types of one's own": Edit(
        LOCAL,
        "min_workers: 2",
        "available_node_types: {a: {node_config: {}}}\nmin_workers: 2",
        "",
        "must be what Ray accepts",
    ),
}
