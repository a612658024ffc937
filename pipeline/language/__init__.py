"""What a model is asked, how, and whether its answer can be trusted."""
