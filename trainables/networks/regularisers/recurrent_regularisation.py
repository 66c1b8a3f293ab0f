"""What acts within a recurrence, and how strongly."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True, slots=True)
class RecurrentRegularisation:
    """Shares of what is dropped or kept as it was, all 0 without; batch normalisation on or off.

    Raises:
        ValueError: If a share does not lie between 0 and 1.
    """

    recurrent_dropout_input: float = 0.0
    recurrent_dropout_state: float = 0.0
    candidate_dropout: float = 0.0
    zoneout_hidden: float = 0.0
    zoneout_cell: float = 0.0
    stochastic_depth: float = 0.0
    recurrent_batch_norm: bool = False

    def __post_init__(self) -> None:
        for name in self.shares():
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, got {getattr(self, name)}.")

    @classmethod
    def shares(cls) -> tuple[str, ...]:
        """Name the shares."""
        return tuple(field.name for field in fields(cls) if field.name != "recurrent_batch_norm")

    @property
    def acts(self) -> bool:
        """Whether anything is regularised."""
        return self.recurrent_batch_norm or any(getattr(self, name) for name in self.shares())
