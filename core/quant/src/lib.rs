//! Pure mathematics: indicators, volatility, pricing, performance metrics.
