"""Run folders on S3 and other object stores: what is written there, who may write, how it is read."""
