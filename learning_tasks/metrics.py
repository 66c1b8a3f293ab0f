"""The metrics, and which of them apply to a task."""

from learning_tasks import class_metrics, number_metrics
from learning_tasks.class_predictions import ClassPredictions
from learning_tasks.metric import Metric
from learning_tasks.number_metrics import NumberPredictions
from learning_tasks.shape import DataShape, Kind


def metrics_for(kind: Kind, *, classes: int | None = None, positive_above: float | None = None) -> tuple[str, ...]:
    """Name the metrics that apply to a kind of task.

    Args:
        kind: of the task.
        classes: None if not known: the metrics that apply to any number of them.
        positive_above: the threshold of a regression that has one.
    """

    def applies(metric: Metric) -> bool:
        if kind == "regression" and positive_above is not None and metric.thresholded:
            return True
        return kind in metric.kinds and (classes == 2 or not metric.of_two_classes)

    return tuple(name for name, metric in METRICS.items() if applies(metric))


def metric_named(name: str) -> Metric:
    """Look up a metric, or that of a subset of the samples, `roc_auc@9-mers`.

    Raises:
        ValueError: If there is none.
    """
    plain = plain_name(name)
    if plain not in METRICS:
        raise ValueError(f"A metric must be one of {', '.join(METRICS)}, got {name!r}.")
    return METRICS[plain]


def plain_name(name: str) -> str:
    """Give a metric's name without the subset, `roc_auc` of `roc_auc@9-mers`."""
    return name.partition("@")[0]


def reported_metrics(shape: DataShape, metric: str) -> tuple[str, ...]:
    """Name what a sweep by this metric reports: all that apply; of subsets the metric and the variance explained."""
    of_subsets = dict.fromkeys(
        f"{name}@{subset}" for subset in shape.subsets for name in (plain_name(metric), "variance_explained")
    )
    return (*metrics_of(shape), *of_subsets)


def metrics_of(shape: DataShape) -> tuple[str, ...]:
    """Name the metrics that apply to data of a shape."""
    return metrics_for(shape.kind, classes=shape.outputs, positive_above=shape.positive_above)


def _variance_explained(given: ClassPredictions | NumberPredictions) -> float:
    """D² of probabilities, R² of numbers.

    The null model predicts the evaluated targets' own class shares, or their mean.
    """
    if isinstance(given, ClassPredictions):
        return _share_explained(class_metrics.log_loss(given), null_loss=class_metrics.null_log_loss(given))
    return _share_explained(
        number_metrics.mean_squared_error(given), null_loss=number_metrics.null_squared_error(given)
    )


def _share_explained(loss: float, *, null_loss: float) -> float:
    """One minus the ratio; of targets that are all equal 1 or 0, as scikit-learn's `r2_score` has it."""
    if null_loss == 0.0:
        return float(loss == 0.0)
    return 1.0 - loss / null_loss


_CLASSES: tuple[Kind, ...] = ("classification",)
_NUMBERS: tuple[Kind, ...] = ("regression",)

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            name="accuracy",
            meaning="share of right classes",
            direction="maximize",
            kinds=_CLASSES,
            formula=class_metrics.accuracy,
            thresholded=True,
        ),
        Metric(
            name="balanced_accuracy",
            meaning="mean recall of the classes",
            direction="maximize",
            kinds=_CLASSES,
            formula=class_metrics.balanced_accuracy,
            thresholded=True,
        ),
        Metric(
            name="brier_score",
            meaning="mean squared error of the probabilities",
            direction="minimize",
            kinds=_CLASSES,
            formula=class_metrics.brier_score,
        ),
        Metric(
            name="log_loss",
            meaning="mean negative log-likelihood",
            direction="minimize",
            kinds=_CLASSES,
            formula=class_metrics.log_loss,
        ),
        Metric(
            name="mean_absolute_error",
            meaning="mean size of the errors",
            direction="minimize",
            kinds=_NUMBERS,
            formula=number_metrics.mean_absolute_error,
        ),
        Metric(
            name="mean_f1",
            meaning="mean F1 of all classes, 0/0 being 0",
            direction="maximize",
            kinds=_CLASSES,
            formula=class_metrics.mean_f1,
            thresholded=True,
            needs_contrast=True,
        ),
        Metric(
            name="mean_squared_error",
            meaning="mean square of the errors",
            direction="minimize",
            kinds=_NUMBERS,
            formula=number_metrics.mean_squared_error,
        ),
        Metric(
            name="npv",
            meaning="negative predictive value, 0/0 being 0",
            direction="maximize",
            kinds=_CLASSES,
            formula=class_metrics.negative_predictive_value,
            of_two_classes=True,
            thresholded=True,
            needs_contrast=True,
        ),
        Metric(
            name="pearson",
            meaning="linear correlation",
            direction="maximize",
            kinds=_NUMBERS,
            formula=number_metrics.pearson,
            needs_contrast=True,
        ),
        Metric(
            name="ppv",
            meaning="positive predictive value (precision), 0/0 being 0",
            direction="maximize",
            kinds=_CLASSES,
            formula=class_metrics.positive_predictive_value,
            of_two_classes=True,
            thresholded=True,
            needs_contrast=True,
        ),
        Metric(
            name="pr_auc",
            meaning="average precision: area under the precision-recall curve; of many classes, each against the rest",
            direction="maximize",
            kinds=_CLASSES,
            formula=class_metrics.average_precision,
            thresholded=True,
            needs_contrast=True,
        ),
        Metric(
            name="roc_auc",
            meaning="area under the ROC curve; of many classes, each against the rest",
            direction="maximize",
            kinds=_CLASSES,
            formula=class_metrics.roc_auc,
            thresholded=True,
            needs_contrast=True,
        ),
        Metric(
            name="sensitivity",
            meaning="share of positives that are found (recall)",
            direction="maximize",
            kinds=_CLASSES,
            formula=class_metrics.sensitivity,
            of_two_classes=True,
            thresholded=True,
            needs_contrast=True,
        ),
        Metric(
            name="spearman",
            meaning="correlation of the ranks",
            direction="maximize",
            kinds=_NUMBERS,
            formula=number_metrics.spearman,
            needs_contrast=True,
        ),
        Metric(
            name="specificity",
            meaning="share of negatives that are left alone",
            direction="maximize",
            kinds=_CLASSES,
            formula=class_metrics.specificity,
            of_two_classes=True,
            thresholded=True,
            needs_contrast=True,
        ),
        Metric(
            name="variance_explained",
            meaning="D² of probabilities, R² of numbers",
            direction="maximize",
            kinds=("classification", "regression"),
            formula=_variance_explained,
            needs_contrast=True,
        ),
    )
}
