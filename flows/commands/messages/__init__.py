"""Commands about what people are told: alerts, notices, Slack."""
