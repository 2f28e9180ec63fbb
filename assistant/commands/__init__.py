"""What the subcommands of `airmed` do; `assistant.cli` only declares them."""
