"""Learning tasks: labelled sequences, their splits and folds, and the metrics they are judged by."""
