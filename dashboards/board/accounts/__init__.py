"""Who signs in to the board: passwords, OpenID Connect, sessions."""
