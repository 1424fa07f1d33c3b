"""The register of trials: how often something was tried on history, entered in the ledger."""
