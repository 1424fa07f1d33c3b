"""What people do in Slack: clicks, forms and slash commands, read, decided on and answered."""
