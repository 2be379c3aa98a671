"""What an invitation's token opens: the meeting's page for its client, and what they do there (`actions`)."""
