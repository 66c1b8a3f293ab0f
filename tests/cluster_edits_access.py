"""Wrong edits of cluster files: who may reach a cluster, and how its Ray is started."""

from cluster_edit import AWS, GCP, LOCAL, SECRET, Edit

EDITS = {
    # What is open.
    "Ray's own security group": Edit(
        AWS,
        "      SecurityGroupIds: [sg-0a1b2c3d4e5f60718]\n      Block",
        "      Block",
        "available_node_types.head.node_config",
        "opens port 22 to the world",
    ),
    "port open to the world": Edit(
        AWS,
        "  cache_stopped_nodes: false",
        "  security_group: {IpPermissions: [{FromPort: 8265, ToPort: 8265, IpRanges: [{CidrIp: 0.0.0.0/0}]}]}\n"
        "  cache_stopped_nodes: false",
        "provider.security_group.IpPermissions.0",
        "must not let in the whole world, got that at port 8265.",
    ),
    "port open to the world by IPv6": Edit(
        AWS,
        "  cache_stopped_nodes: false",
        "  security_group: {IpPermissions: [{FromPort: 22, ToPort: 22, Ipv6Ranges: [{CidrIpv6: '::/0'}]}]}\n"
        "  cache_stopped_nodes: false",
        "provider.security_group.IpPermissions.0",
        "got that at port 22.",
    ),
    "Google's default network": Edit(
        GCP,
        "      networkInterfaces: *network\n",
        "",
        "available_node_types.gpu.node_config",
        "must have networkInterfaces",
    ),
    "dashboard for all": Edit(
        AWS,
        "--dashboard-host=127.0.0.1",
        "--dashboard-host=0.0.0.0",
        "head_start_ray_commands.1",
        "must have --dashboard-host=127.0.0.1, got 0.0.0.0",
    ),
    # The token.
    "head without the mode": Edit(
        AWS,
        "    export RAY_AUTH_MODE=token; ulimit -n 65536;\n    ray start --head",
        "    ulimit -n 65536;\n    ray start --head",
        "head_start_ray_commands.1",
        "must set RAY_AUTH_MODE=token before `ray start`",
    ),
    "mode in a shell of its own": Edit(
        AWS,
        "  - export RAY_AUTH_MODE=token; ulimit -n 65536; ray start",
        "  - export RAY_AUTH_MODE=token\n  - ray start",
        "worker_start_ray_commands.2",
        "each is a shell of its own",
    ),
    "authentication off": Edit(
        AWS,
        "echo 'export RAY_AUTH_MODE=token'",
        "echo 'export RAY_AUTH_MODE=disabled'",
        "",
        "must not turn authentication off",
    ),
    "no token on the nodes": Edit(
        AWS, "  /home/ray/.ray/auth_token: ~/.ray/auth_token\n", "", "file_mounts", "must bring the token to every node"
    ),
    "a token in the file": Edit(
        AWS,
        "export RAY_AUTH_MODE=token; ulimit -n 65536; ray start",
        f"export RAY_AUTH_MODE=token RAY_AUTH_TOKEN={SECRET}; ray start",
        "",
        "must not hold a token",
    ),
    "a file that is not there": Edit(
        AWS,
        "constraints.txt: constraints.txt",
        "constraints.txt: constraint.txt",
        "file_mounts./home/ray/odyssey/constraints.txt",
        "got constraint.txt, which is not there",
    ),
    # Starting Ray.
    "no start commands": Edit(
        AWS,
        "worker_start_ray_commands:",
        "head_setup_commands:",
        "worker_start_ray_commands",
        "must be commands of which one is `ray start`, got nothing",
    ),
    "old Ray goes on": Edit(
        LOCAL,
        "worker_start_ray_commands:\n  - ray stop\n",
        "worker_start_ray_commands:\n",
        "worker_start_ray_commands",
        "should begin with `ray stop`",
        "warning",
    ),
    "no --head": Edit(AWS, "ray start --head", "ray start", "head_start_ray_commands.1", "must have --head"),
    "head cannot start workers": Edit(
        AWS,
        "    --autoscaling-config=~/ray_bootstrap_config.yaml --disable-usage-stats",
        "    --disable-usage-stats",
        "head_start_ray_commands.1",
        "must have --autoscaling-config",
    ),
    "another port": Edit(
        AWS,
        "--head --port=6379",
        "--head --port=6380",
        "worker_start_ray_commands.1",
        "must name the head's port, 6380, got 6379.",
    ),
    "a fixed address": Edit(
        AWS,
        "$RAY_HEAD_IP:6379",
        "10.0.0.4:6379",
        "worker_start_ray_commands.1",
        "must have --address=$RAY_HEAD_IP:6379",
    ),
    "start that never ends": Edit(
        LOCAL,
        "--address=$RAY_HEAD_IP:6379",
        "--address=$RAY_HEAD_IP:6379 --block",
        "worker_start_ray_commands.1",
        "must not have --block",
    ),
}
