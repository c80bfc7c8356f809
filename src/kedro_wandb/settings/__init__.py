"""What the user has configured: ``wandb.yml``, variables, and what must not be told."""
