"""The colour of each status of a trial, in the order in which they are counted on the screen."""

STATUS_STYLES = {
    "running": "cyan",
    "completed": "green",
    "stopped": "yellow",
    "diverged": "magenta",
    "out_of_memory": "red",
    "failed": "red",
}
