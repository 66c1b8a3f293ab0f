"""What is looked at in each kind of cluster file. A rule is a function that tells what is wrong, one entry here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from sweeps.cluster_file import (
    authentication,
    aws_machines,
    containers,
    exposure,
    kuberay_rules,
    node_types,
    placeholders,
    provider,
    ray_schema,
    slurm_rules,
    start_commands,
)
from sweeps.cluster_file.document import ClusterDocument, Kind
from sweeps.problems import Problem

Level = Literal["error", "warning"]
Rule = Callable[[ClusterDocument], Iterator[Problem]]

RULES: Mapping[Kind, Mapping[Level, Sequence[Rule]]] = {
    "ray_up": {
        "error": (
            ray_schema.follows_schema,
            provider.provider_is_known,
            provider.provider_keys_are_known,
            provider.machines_are_listed,
            provider.older_autoscaler_is_chosen,
            node_types.head_type_exists,
            node_types.bounds_are_in_order,
            node_types.there_is_a_worker_type,
            aws_machines.machine_type_is_given,
            aws_machines.image_is_pinned,
            aws_machines.machines_are_as_ec2_takes_them,
            aws_machines.groups_are_identifiers,
            aws_machines.workers_may_write_runs,
            containers.container_has_image_and_name,
            containers.images_have_the_ray_of_this_machine,
            containers.images_have_a_python_that_serves,
            containers.commands_install_the_ray_of_this_machine,
            containers.setup_is_given,
            containers.mounted_files_are_there,
            start_commands.start_commands_are_given,
            start_commands.head_starts_as_head,
            start_commands.head_can_start_workers,
            start_commands.workers_join_the_head,
            start_commands.starts_give_the_shell_back,
            authentication.every_node_asks_for_the_token,
            authentication.authentication_is_not_turned_off,
            authentication.token_is_brought,
            authentication.no_token_is_written_down,
            exposure.dashboard_stays_inside,
            exposure.security_group_is_closed,
            exposure.aws_machines_have_a_group,
            exposure.gcp_machines_have_a_network,
            placeholders.placeholders_are_filled,
        ),
        "warning": (
            node_types.head_takes_no_trials,
            node_types.head_is_not_taken_back,
            node_types.limits_are_reachable,
            aws_machines.head_may_start_machines,
            aws_machines.metadata_needs_a_session,
            containers.images_say_their_ray,
            containers.versions_are_locked,
            provider.all_machines_join,
            provider.idle_machines_end,
            provider.idle_time_is_sensible,
            start_commands.old_ray_is_stopped,
            placeholders.marks_are_gone,
        ),
    },
    "kuberay": {
        "error": (
            kuberay_rules.follows_kuberay,
            kuberay_rules.operator_makes_a_token,
            kuberay_rules.service_stays_inside,
            kuberay_rules.pods_have_the_ray_of_this_machine,
            kuberay_rules.groups_can_grow,
            kuberay_rules.gpus_are_limits,
            kuberay_rules.sweep_uses_this_cluster,
            authentication.authentication_is_not_turned_off,
            authentication.no_token_is_written_down,
            placeholders.placeholders_are_filled,
        ),
        "warning": (
            kuberay_rules.head_takes_no_trials,
            kuberay_rules.workers_share_memory,
            kuberay_rules.job_ends_well,
            placeholders.marks_are_gone,
        ),
    },
    "slurm": {
        "error": (
            slurm_rules.options_exist,
            slurm_rules.nodes_are_exclusive,
            slurm_rules.each_node_has_one_task,
            slurm_rules.ray_starts_on_all_nodes,
            slurm_rules.nodes_ask_for_a_token,
            slurm_rules.runs_are_shared,
            slurm_rules.leaving_workers_are_waited_for,
            authentication.authentication_is_not_turned_off,
            authentication.no_token_is_written_down,
            placeholders.placeholders_are_filled,
        ),
        "warning": (
            slurm_rules.slow_starts_are_waited_for,
            slurm_rules.sweep_ends_before_the_job,
            placeholders.marks_are_gone,
        ),
    },
}
