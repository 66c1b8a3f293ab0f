"""A wrong edit of a cluster file that a person makes, and what is said about it."""

from typing import NamedTuple

from cluster_files import SHIPPED

AWS, LOCAL, GCP, KUBERAY, SLURM = SHIPPED
SECRET = "d41d8cd98f00b204e9800998ecf8427e"


class Edit(NamedTuple):
    """What is replaced in a shipped file that was filled in, and the remark that must follow."""

    file: str
    old: str
    new: str
    key: str
    message: str  # a part of it
    level: str = "error"
