"""The refusal of a figure whose data are not there."""


class NothingToDraw(ValueError):  # noqa: N818  # named as the situation it is
    """The run or the analysis holds nothing for this figure: no rungs, no pairs, no epochs."""
