"""`ballast up`: Prefect server, worker and deployments, guarded, until it is stopped."""
