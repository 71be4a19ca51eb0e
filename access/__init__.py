"""Who may sign in and what they may give to others: sign-in limits, passwords, API tokens, the admin of users."""
