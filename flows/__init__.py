"""What drives: order, retries, concurrency and schedules, with Prefect."""
