"""How to read each figure: its caption in a report, where its title already says what it shows."""

LEARNING_CURVES_WITH_PATIENCE = (
    "Each replicate counts with its best epoch so far, so no curve gets worse, and none shows overfitting. "
    "Curves that cross after a rung: the rung may have cut trials that would have ended well."
)
READINGS = {
    "importance_bars": "Full bars: shares alone; hatched: what interactions add; lines: 90 % intervals. The strips "
    "below show what the surrogate does not predict, and how much of a single replicate’s outcome is luck.",
    "group_shares": "Filled marks: a group with the interactions among its members; open marks: also those with other "
    "groups; lines: 90 % intervals.",
    "marginals": "A curve tells where a hyperparameter is good with all others averaged, not where the best "
    "configuration lies. Dots: trials at their last epoch; those that were cut had not come far.",
    "divergence_importance_bars": "Shares of the variance in whether a trial diverged or ran out of memory.",
    "divergence_marginals": "The expected share of such trials along each hyperparameter. Dots: trials, at 1 those "
    "that were lost.",
    "pair_surfaces": "Where the contours are not parallel to an axis, the best value of one depends on the other.",
    "pair_heat_map": "On the diagonal what each explains alone, below it what pairs add, in per cent.",
    "importance_over_epochs": "Lines that cross or bend: what matters after few epochs is not what matters later, and "
    "an early rung judges by something else than the last.",
    "optimisation_history": "A line that has been flat for long: more trials of the same kind promise little.",
    "learning_curves": "Curves that cross after a rung: the rung may have cut trials that would have ended well.",
    "rung_ladder": "Above: what became of the trials at each rung; below: their outcomes there, and the cut-off.",
    "rung_correlation": "1: trials stand in the same order at both rungs; 0: the earlier order tells nothing.",
    "parallel_coordinates": "Where the best lines bundle, a hyperparameter was decisive; where they spread, "
    "it was not.",
    "slice": "Every trial at its last epoch: an outcome after few epochs is worse for that alone.",
}
