"""Where untrusted code runs: what it sees, what it may take, and how it is started and watched."""
