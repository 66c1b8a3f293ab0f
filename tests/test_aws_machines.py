"""Ray's own AWS code on cluster.yaml, against a stand-in for EC2 and IAM: what would be started, and what is open."""

import copy

import boto3
import pytest
import yaml
from cluster_files import filled_in
from moto import mock_aws

OPEN = "0.0.0.0/0"


@pytest.fixture
def account(monkeypatch, tmp_path):
    """An account with a closed security group and the two profiles; gives its EC2 and the group's identifier."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    with mock_aws():
        ec2, iam = boto3.client("ec2"), boto3.client("iam")
        for name in ("odyssey-head", "odyssey-worker"):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
            iam.create_instance_profile(InstanceProfileName=name)
            iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        network = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        group = ec2.create_security_group(GroupName="odyssey", Description="closed", VpcId=network)["GroupId"]
        yield ec2, group


@pytest.fixture
def start(account, checkout, monkeypatch):
    """Do what `ray up` does until machines are asked for, and ask for one of each type; gives them by type."""
    ec2, group = account

    def start_all(*, closed):
        from ray.autoscaler._private.aws.config import bootstrap_aws
        from ray.autoscaler._private.aws.node_provider import AWSNodeProvider
        from ray.autoscaler._private.util import prepare_config

        given = yaml.safe_load(filled_in(checkout / "cluster.yaml"))
        for node_type in given["available_node_types"].values():
            node_type["node_config"]["ImageId"] = ec2.describe_images()["Images"][0]["ImageId"]
            node_type["node_config"]["SecurityGroupIds"] = [group]
            if not closed:
                del node_type["node_config"]["SecurityGroupIds"]
        config = bootstrap_aws(prepare_config(copy.deepcopy(given)))
        provider = AWSNodeProvider(config["provider"], config["cluster_name"])
        for name, node_type in config["available_node_types"].items():
            provider.create_node(copy.deepcopy(node_type["node_config"]), {"ray-user-node-type": name}, 1)
        found = [each for some in ec2.describe_instances()["Reservations"] for each in some["Instances"]]
        return {each["InstanceType"]: each for each in found}

    return start_all


def opened(ec2, groups):
    """List the ports that groups open to the world."""
    found = ec2.describe_security_groups(GroupIds=list(groups))["SecurityGroups"]
    rules = [rule for group in found for rule in group["IpPermissions"]]
    return [rule.get("FromPort") for rule in rules if any(each["CidrIp"] == OPEN for each in rule["IpRanges"])]


def groups_of(machines):
    return {group["GroupId"] for machine in machines.values() for group in machine["SecurityGroups"]}


def test_the_machines_are_those_of_the_file_and_none_is_open_to_the_world(start, account):
    ec2, group = account
    machines = start(closed=True)
    head, worker = machines["m6i.xlarge"], machines["g5.2xlarge"]
    assert (head.get("InstanceLifecycle"), worker["InstanceLifecycle"]) == (None, "spot")
    assert head["IamInstanceProfile"]["Arn"].endswith("/odyssey-head")
    assert worker["IamInstanceProfile"]["Arn"].endswith("/odyssey-worker")
    assert head["MetadataOptions"]["HttpTokens"] == worker["MetadataOptions"]["HttpTokens"] == "required"
    assert groups_of(machines) == {group}
    assert opened(ec2, groups_of(machines)) == []


def test_without_a_group_of_ones_own_ray_opens_port_22_to_the_world(start, account):
    """What doctor makes an error of; if Ray mends it, that rule and its words have to go."""
    assert opened(account[0], groups_of(start(closed=False))) == [22]
