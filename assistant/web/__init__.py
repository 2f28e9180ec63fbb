"""The pages, and the desk behind them."""
