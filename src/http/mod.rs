//! The HTTP client: politeness per host, retry, bounds.
