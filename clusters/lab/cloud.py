"""A stand-in for EC2, IAM and S3: moto answers the API, and each instance that it says runs is a machine of the lab."""

import json
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from machines import LabError, Machine, Network, until

REGION = "us-west-2"
PORT = 5000

# These run on the laptop of the lab, from where moto is seen.
_PREPARE = """
import boto3, sys
iam = boto3.client("iam")
for name in sys.argv[3:]:
    iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
place = {"LocationConstraint": boto3.session.Session().region_name}
boto3.client("s3").create_bucket(Bucket=sys.argv[1], CreateBucketConfiguration=place)
ec2 = boto3.client("ec2")
network = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
group = ec2.create_security_group(GroupName="odyssey", Description="the lab's", VpcId=network)["GroupId"]
ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": sys.argv[2]}]}
within = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ssh, within])
print(ec2.describe_images()["Images"][0]["ImageId"], group)
"""
_INSTANCES = """
import boto3, json, time
ec2 = boto3.client("ec2")
while True:
    reservations = ec2.describe_instances()["Reservations"]
    print(json.dumps([
        {"id": each["InstanceId"], "type": each["InstanceType"], "state": each["State"]["Name"],
         "address": each.get("PrivateIpAddress"), "spot": each.get("InstanceLifecycle") == "spot"}
        for reservation in reservations for each in reservation["Instances"]
    ]), flush=True)
    time.sleep(0.5)
"""
_TERMINATE = "import boto3, sys; boto3.client('ec2').terminate_instances(InstanceIds=sys.argv[1:])"


class Cloud:
    """The instances of the stand-in, and their machines."""

    def __init__(self, network: Network, laptop: Machine) -> None:
        self._network, self._laptop = network, laptop
        self._lock = threading.Lock()
        self._instances: dict[str, dict[str, object]] = {}
        self._machines: dict[str, Machine] = {}
        self.history: list[str] = []  # what was started and ended, in order

    def running(self, type_prefix: str) -> list[str]:
        """List the instances of a type that have a machine with power."""
        with self._lock:
            of_type = [key for key, each in self._instances.items() if str(each["type"]).startswith(type_prefix)]
            return [key for key in of_type if key in self._machines and self._machines[key].on]

    def states(self) -> dict[str, str]:
        """Give the state of each instance by type and identifier."""
        with self._lock:
            return {f"{each['type']} {key[-6:]}": str(each["state"]) for key, each in self._instances.items()}

    def machine(self, instance: str) -> Machine:
        """Give the machine of an instance."""
        return self._machines[instance]

    def take_back(self, instance: str) -> None:
        """Interrupt a spot instance, as EC2 does."""
        self._laptop.run("python", "-c", _TERMINATE, instance)
        until(f"{instance} is gone", lambda: not self._machines[instance].on, timeout_s=30, every_s=0.1)

    def follow(self, lines: Iterator[str]) -> None:
        """Boot and end machines as the API says, until the lines end."""
        for line in lines:
            with self._lock:
                self._instances = {each["id"]: each for each in json.loads(line)}
                for key, each in self._instances.items():
                    self._follow_one(key, each)

    def _follow_one(self, key: str, each: dict[str, object]) -> None:
        machine = self._machines.get(key)
        if each["state"] == "running" and machine is None:
            self.history.append(f"boots {each['type']}{' (spot)' if each['spot'] else ''}")
            self._machines[key] = self._boot(key, str(each["address"]))
        elif each["state"] == "terminated" and machine is not None and machine.on:
            self.history.append(f"ends {each['type']}")
            machine.cut_power()

    def _boot(self, key: str, address: str) -> Machine:
        machine = self._network.machine(key[-9:], address)
        private = next((self._laptop.home / ".ssh").glob("*.pem"))
        public = subprocess.run(["ssh-keygen", "-y", "-f", str(private)], check=True, capture_output=True).stdout
        (machine.home / ".ssh" / "authorized_keys").write_bytes(public)
        return machine.boot()


@contextmanager
def cloud(
    network: Network, laptop: Machine, *, bucket: str, profiles: Sequence[str]
) -> Iterator[tuple[Cloud, str, str]]:
    """Run the stand-in on the laptop: gives the cloud, and an image and a security group that it knows.

    Raises:
        LabError: If moto does not answer.
    """
    settings = {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "true"}
    with ExitStack() as ending:
        server = laptop.command("moto_server", "-H", laptop.address, "-p", str(PORT), env=settings)
        _start(ending, server, network.folder / "moto.log")
        until("moto answers", lambda: _answers(laptop), timeout_s=60, every_s=0.3)
        prepared = laptop.run("python", "-c", _PREPARE, bucket, f"{laptop.address}/32", *profiles)
        image, group = prepared.stdout.split()
        here = Cloud(network, laptop)
        polling = _start(ending, laptop.command("python", "-c", _INSTANCES), network.folder / "poll.log", read=True)
        if polling.stdout is None:
            raise LabError("The list of instances must be readable.")
        threading.Thread(target=here.follow, args=(polling.stdout,), daemon=True).start()
        yield here, image, group


def write_account(laptop: Machine) -> str:
    """Tell boto3 on the laptop where the stand-in is; gives its address."""
    folder, endpoint = laptop.home / ".aws", f"http://{laptop.address}:{PORT}"
    folder.mkdir(exist_ok=True)
    (folder / "config").write_text(f"[default]\nregion = {REGION}\nendpoint_url = {endpoint}\n")
    (folder / "credentials").write_text("[default]\naws_access_key_id = lab\naws_secret_access_key = lab\n")
    return endpoint


def _answers(laptop: Machine) -> bool:
    ask = "import boto3; boto3.client('ec2').describe_regions()"
    return laptop.run("python", "-c", ask, check=False).returncode == 0


def _start(ending: ExitStack, command: list[str], log: Path, *, read: bool = False) -> "subprocess.Popen[str]":
    errors = ending.enter_context(log.open("w"))
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE if read else errors, stderr=errors, stdin=subprocess.DEVNULL, text=True
    )
    ending.callback(process.wait)
    ending.callback(process.kill)
    return process
