"""The API in words that programs read: OpenAPI for HTTP, AsyncAPI for WebSockets, and examples of both."""
