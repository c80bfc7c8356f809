"""What people type: ``kedro wandb`` and its commands."""
