"""What `ballast up` serves beside Prefect's pages, and its guard."""
