"""The ground that every app builds on: errors, actors, formatting, the API's manners, pages. Knows no app."""
