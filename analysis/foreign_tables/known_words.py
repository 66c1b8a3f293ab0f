"""Words in the names of columns, and what they say."""

from search_spaces.hyperparameter import Group


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MINIMIZED = _words(
    "loss error err errors rmse mse mae mape nll perplexity ppl deviance cost regret wer cer fid logloss brier "
    "crossentropy latency bpc bpb misclassification distance divergence"
)
MAXIMIZED = _words(
    "accuracy acc auc auroc auprc roc r2 d2 f1 f1score precision recall score reward rewards return returns bleu rouge "
    "map ndcg iou miou dice explained likelihood correlation mcc kappa psnr ssim elbo gain sensitivity specificity "
    "sharpe throughput pearson spearman ppv npv"
)
AMBIGUOUS = _words("cost gain map distance divergence precision")  # metrics by these names are also hyperparameters
STATISTICS = _words("mean sd std se sem min max avg average median best final last ci low high macro micro")
CLOCKS = _words("time timestamp date datetime created started ended finished runtime duration seconds secs elapsed ms")
RAY = _words(
    "training_iteration time_total_s time_this_iter_s time_since_restore iterations_since_restore node_ip "
    "timesteps_total timesteps_since_restore episodes_total episodes_this_iter timesteps_this_iter experiment_tag "
    "trial_id experiment_id checkpoint_dir_name trainable_name should_checkpoint done"
)
REPLICATES = _words("seed random_seed seeds fold replicate repeat repetition random_state")
WHOLE_NAMES = _words(
    "name number index host user notes tags sweep agent status state group project entity note comment trial run "
    "description job"
)
ENDINGS = _words("id uuid hostname pid ip logdir path dir folder file url hash commit checkpoint")
USUALLY_LOG = _words(
    "lr learning_rate weight_decay wd l1 l2 eps epsilon penalty reg_lambda reg_alpha regularization regularisation"
)
USUALLY_LINEAR = _words("dropout drop momentum beta1 beta2 smoothing subsample")
GROUP_WORDS: dict[Group, frozenset[str]] = {  # the first that a name has a word or two adjacent words of
    "regularisation": _words(
        "dropout drop droprate wd l1 l2 regularization regularisation penalty weight_decay smoothing zoneout "
        "stochastic_depth reg_lambda reg_alpha"
    ),
    "data": _words(
        "augment augmentation augmentations noise crop flip mixup cutmix cutout resolution resize img_size image_size "
        "window seq_len sequence_length vocab tokenizer lookback jitter"
    ),
    "architecture": _words(
        "hidden units layers layer depth width kernel filters channels heads head embedding embed network model "
        "architecture arch activation cell bidirectional dim dims blocks neurons backbone nodes estimators leaves leaf "
        "trees experts bias"
    ),
    "learning": _words(
        "lr learning batch momentum epochs epoch optimizer optimiser opt beta1 beta2 betas warmup scheduler schedule "
        "steps clip gradient eta nesterov rate annealing patience adam sgd eps epsilon tau gamma"
    ),
}
